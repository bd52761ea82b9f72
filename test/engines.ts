/** The engines to hold against each other: the embedded one, and the Pulumi CLI where it is installed. */
import { chooseEngine, type Engine } from "../provider/engine";
import { findPulumi } from "../provider/engine/find-pulumi";

let told = false;

/** The engines of this machine; says aloud, once, when there is but one. */
export function enginesHere(): Engine[] {
  const embedded = chooseEngine("embedded").engine;
  if (findPulumi(process.env)) return [embedded, chooseEngine("pulumi").engine];
  if (!told) console.log("  (the Pulumi CLI is not on PATH: its half of the scenarios is skipped)");
  told = true;
  return [embedded];
}
