/** What people see of an operation: a line for each resource as it happens, then the summary and the outputs. */
import { stripVTControlCharacters } from "node:util";
import type { DiagnosticEvent, EngineEvent, EngineResult, Operation, StepEvent, StepOp } from "../../engine";
import { count, type Out } from "../out";
import { changeLines, isShown, kindOf, masks, opWords } from "./step";

/** Steps that have no line: nothing happens by them, or another step of the same resource tells. */
const silent: Record<"plan" | "run", ReadonlySet<StepOp>> = {
  plan: new Set(["same", "create-replacement", "delete-replaced"]),
  run: new Set(["same", "replace"]),
};

/** Gives the function that writes the line of each event. */
export function eventLines(operation: Operation, out: Out): (event: EngineEvent) => void {
  const explained = new Set<string>();
  const reasonsTold = new Set<string>();
  const errorsTold = new Set<string>();
  const underWay = new Map<string, string>();
  const progress = () => {
    const [first, ...others] = underWay.values();
    out.progress(`${operation}${first ? `: ${first}${others.length > 0 ? ` and ${others.length} more` : ""}` : " …"}`);
  };
  progress();
  return (event) => {
    if (event.kind === "diagnostic") {
      // A tenant that is down fails each resource in the same words.
      if (event.severity !== "error" || !errorsTold.has(event.message)) diagnosticLine(event, out);
      errorsTold.add(event.message);
      return;
    }
    if (event.phase === "started") underWay.set(event.urn, `${opWords[event.op].verb} ${event.name}`);
    else underWay.delete(event.urn);
    progress();
    const [skipped, told] = operation === "preview" ? [silent.plan, "planned"] : [silent.run, "done"];
    if (!isShown(event) || skipped.has(event.op)) return;
    if (event.phase === "failed") out.line(stepLine(event, out, "failed"));
    else if (event.phase === told) out.line(stepLine(event, out));
    else return;
    if (explained.has(event.urn)) return;
    const reasons = changeLines(event, reasonsTold);
    if (reasons.length > 0) explained.add(event.urn);
    for (const reason of reasons) out.line(`       ${reason}`);
  };
}

function stepLine(step: StepEvent, { paint }: Out, outcome = ""): string {
  const { symbol, verb, colour } = opWords[step.op];
  const what = `${symbol.padStart(3)} ${verb.padEnd(8)}`;
  const line = `${paint[colour](what)} ${kindOf(step.type).padEnd(17)} ${step.name}`;
  return outcome ? `${line}  ${paint.red(outcome)}` : line;
}

/** The compiler colours its errors whoever reads them. */
export const plain = stripVTControlCharacters;

function diagnosticLine({ severity, message, urn }: DiagnosticEvent, out: Out): void {
  if (severity === "debug") return;
  const name = urn?.slice(urn.lastIndexOf("::") + 2);
  const isNamed = !name || message.includes(`"${name}"`) || urn?.includes("::pulumi:pulumi:Stack::");
  const text = `${isNamed ? "" : `${name}: `}${plain(message).trimEnd()}`.replaceAll("\n", "\n       ");
  if (severity === "info") out.line(`     ${out.paint.dim(text)}`);
  else out.note(`${severity === "error" ? out.paint.red("error:") : out.paint.yellow("warning:")} ${text}`);
}

/** `13 created, 1 unchanged` */
export function summary(operation: Operation, { steps }: EngineResult): string {
  const tense = operation === "preview" ? "planned" : "done";
  const numbers = new Map<string, number>();
  const counted = new Set<string>();
  for (const { op, urn, phase } of steps.filter(isShown)) {
    const words = countedWords(op);
    if (!words || counted.has(urn) || phase === "failed" || phase === "started") continue;
    counted.add(urn);
    numbers.set(words[tense], (numbers.get(words[tense]) ?? 0) + 1);
  }
  const parts = [...numbers].map(([words, number]) => `${number} ${words}`);
  return parts.length === 0 ? "no resources" : parts.join(", ");
}

function countedWords(op: StepOp): { planned: string; done: string } | undefined {
  const words = opWords[op];
  return "counted" in words ? words.counted : op === "create-replacement" ? opWords.replace.counted : undefined;
}

export function outputLines(outputs: Record<string, unknown>): string[] {
  const names = Object.keys(outputs);
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(width)}  ${shown(outputs[name])}`);
}

function shown(value: unknown): string {
  if (value === masks.unknown) return "(not known yet)";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Where each error has had its line already, how many there are; else what the engine says. */
export function failureText(
  operation: Operation,
  stack: string,
  { diagnostics }: EngineResult,
  failure: string,
): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  const different = new Set(errors).size;
  if (different === 0) return plain(failure);
  const times = different < errors.length ? ` on ${count(errors.length, "resource")}` : "";
  return `${operation} of stack ${stack} failed: ${count(different, "error")} above${times}.`;
}
