/** What the shim loads: one provider for all resources, on the tenant that the settings name. */
import type { dynamic } from "@pulumi/pulumi";
import { adviser } from "./adviser";
import type { Graph } from "./graph/client";
import { connect } from "./graph/connect";
import { lifeCycle } from "./resource";
import { resourceTypes } from "./resources";
import { readSettings } from "./settings";
import { UserError } from "./user-error";
import type { Properties } from "./values";

export { type Kind, resourceTypes } from "./resources";

let config: (key: string) => string | undefined = () => undefined;
let graph: Graph | undefined;

/** The tenant is reached at the first call that needs it: a preview of nothing needs none. */
const connected = () => {
  graph ??= connect(readSettings((key) => config(key), process.env, process.cwd()));
  return graph;
};

/** The command tells reasons in its own words and place. */
const quiet = process.env.INTUNE_MAIL_QUIET === "true";
const said = new Set<string>();
const say = (message: string) => {
  if (quiet || said.has(message)) return;
  said.add(message);
  console.log(message);
};

/** What is missing can be said once the program has named all that it has: when the engine ends this process. */
const advise = adviser(connected, (line) => console.log(line));
process.once("exit", () => advise.complete());
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    advise.complete();
    process.kill(process.pid, signal);
  });
}

const cycles = Object.fromEntries(
  Object.entries(resourceTypes).map(([kind, type]) => [kind, lifeCycle(type, connected, say, advise)]),
);

function cycleOf(properties: Properties): ReturnType<typeof lifeCycle> {
  const cycle = cycles[String(properties.kind)];
  if (cycle) return cycle;
  const kinds = Object.keys(resourceTypes).join(", ");
  throw new UserError(
    `This version of pulumi-intune-mail has no resource "${properties.kind}"; it has ${kinds}. Install the version that the program was written for.`,
  );
}

/** The provider of all resources; `kind` among the inputs tells which one is meant. */
export const provider: dynamic.ResourceProvider = {
  // Nothing is awaited here: the SDK's server hands out the provider before this has ended.
  configure: async (request) => {
    config = (key) => request.config.get(key);
  },
  check: (olds, news) => cycleOf(news).check(olds, news),
  diff: (id, olds, news) => cycleOf(olds).diff(id, olds, news),
  create: (inputs) => cycleOf(inputs).create(inputs),
  read: (id, props) => cycleOf(props ?? {}).read(id, props),
  update: (id, olds, news) => cycleOf(olds).update(id, olds, news),
  delete: (id, props) => cycleOf(props).delete(id, props),
};
