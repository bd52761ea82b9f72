/** `tenant fault` and `tenant throttling`: how a service misbehaves, so that a program can be seen to bear it. */
import { Command, Option } from "commander";
import { type FaultRule, faultRule } from "../../tenant/faults";
import type { Throttling } from "../../tenant/throttle";
import { Ended } from "../failure";
import { withExamples } from "../help";
import {
  addFault,
  faultLines,
  limitLines,
  listFaults,
  readLimits,
  removeFault,
  removeFaults,
  setLimits,
} from "../tenant/control";
import { type ShowOptions, show } from "../tenant/show";
import { share, whole } from "./numbers";
import { jsonOption, tenantOptions } from "./options";

export const faultVerb = (): Command => {
  const fault = withExamples(
    new Command("fault").description("Inject faults into answers, list them, remove them.").helpCommand(false),
    'intune-mail tenant fault add --method POST --path "/deviceManagement/**" --nth 3 --status 503 --retry-after 1',
    "intune-mail tenant fault list",
  );
  for (const verb of [addVerb(), listVerb(), removeVerb()]) fault.addCommand(verb);
  return fault;
};

/** Commander's names of the options that make a rule; `--api`, as `--version` is the command's own. */
type RuleOptions = Omit<FaultRule, "version" | "delayMs"> & { api?: FaultRule["version"]; delay?: number };

const addVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("add"))
      .description("Inject a fault: which requests it is about, which of them it strikes, and what they get.")
      .addOption(
        new Option("--method <method>", "requests of this method only").argParser((text) => text.toUpperCase()),
      )
      .option("--path <pattern>", "requests of this path only: * is one segment, ** any number of them")
      .option("--api <version>", "requests to beta or to v1.0 only")
      .addOption(new Option("--nth <number>", "strike this one of them").argParser(whole))
      .addOption(new Option("--every <number>", "strike each so-manyeth").argParser(whole))
      .addOption(new Option("--rate <share>", "strike this share of them, such as 0.1").argParser(share))
      .addOption(new Option("--seed <number>", "what --rate is drawn from (default: 1)").argParser(whole))
      .addOption(new Option("--times <number>", "strike so often at most").argParser(whole))
      .addOption(new Option("--status <code>", "answer with this status, and do nothing").argParser(whole))
      .addOption(new Option("--retry-after <seconds>", "Retry-After of that answer").argParser(whole))
      .option("--code <code>", "error code of that answer")
      .option("--message <text>", "error message of that answer")
      .addOption(new Option("--delay <milliseconds>", "answer so much later").argParser(whole))
      .option("--drop <when>", "end the connection without an answer: before the effect, or after it")
      .addOption(jsonOption()),
    'intune-mail tenant fault add --method POST --path "/deviceManagement/**" --nth 3 --status 503 --retry-after 1',
    "intune-mail tenant fault add --rate 0.1 --seed 7 --drop after",
    "intune-mail tenant fault add --path /groups --delay 2000 --json",
  ).action((options: ShowOptions & RuleOptions) => {
    const rule = ruleOf(options);
    return show(
      options,
      (graph) => addFault(graph, rule),
      (fault) => faultLines([fault]),
    );
  });

/** Checked before it is sent, so that a mistake is one of usage; all of them at once. */
function ruleOf(options: RuleOptions): FaultRule {
  const { method, path, api, nth, every, rate, seed, times, status, retryAfter, code, message, delay, drop } = options;
  const rule = { method, path, version: api, nth, every, rate, seed, times, status, retryAfter, code, message };
  const given = Object.entries({ ...rule, delayMs: delay, drop }).filter(([, value]) => value !== undefined);
  const { data, error } = faultRule.safeParse(Object.fromEntries(given));
  if (data) return data;
  const said = error.issues.map(({ path, message }) => `error: ${optionOf(String(path[0]))}: ${message}`);
  throw new Ended("usage", said.join("\n"));
}

const optionOf = (name: string): string =>
  ({ version: "--api", delayMs: "--delay", retryAfter: "--retry-after" })[name] ?? `--${name}`;

const listVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("list"))
      .description("List the faults: which requests they are about, how many came, how many were struck.")
      .addOption(jsonOption()),
    "intune-mail tenant fault list",
    "intune-mail tenant fault list --endpoint http://127.0.0.1:8080 --json",
  ).action((options: ShowOptions) => show(options, listFaults, ({ value }) => faultLines(value)));

const removeVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("remove"))
      .description("Remove a fault, or all of them, and list those that are left.")
      .argument("[id]", "the fault's number")
      .option("--all", "all of them")
      .addOption(jsonOption()),
    "intune-mail tenant fault remove 1",
    "intune-mail tenant fault remove --all",
  ).action((id: string | undefined, options: ShowOptions & { all?: true }) => {
    if ((id === undefined) === (options.all === undefined)) {
      throw new Ended("usage", "error: give the number of a fault, or --all");
    }
    return show(
      options,
      async (graph) => {
        await (id === undefined ? removeFaults(graph) : removeFault(graph, id));
        return listFaults(graph);
      },
      ({ value }) => faultLines(value),
    );
  });

interface LimitOptions extends ShowOptions {
  on?: true;
  off?: true;
  window?: number;
  tenant?: number;
  application?: number;
  /** Commander's `--no-retry-after`. */
  retryAfter: boolean;
}

export const throttlingVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("throttling"))
      .description("Show how many requests the tenant takes, or set it: above that it answers 429.")
      .option("--on", "as many as Graph: 4000 in 20 seconds, 2000 of one application")
      .option("--off", "any number")
      .addOption(new Option("--window <seconds>", "length of the window").argParser(whole))
      .addOption(new Option("--tenant <number>", "requests of all callers in a window").argParser(whole))
      .addOption(new Option("--application <number>", "requests of one application in a window").argParser(whole))
      .option("--no-retry-after", "do not say when to ask again")
      .addOption(jsonOption()),
    "intune-mail tenant throttling",
    "intune-mail tenant throttling --application 100 --window 10",
    "intune-mail tenant throttling --off",
  ).action((options: LimitOptions) => {
    const limits = limitsOf(options);
    return show(options, (graph) => (limits ? setLimits(graph, limits) : readLimits(graph)), limitLines);
  });

/** Undefined: they are only to be shown. */
function limitsOf({ on, off, window, tenant, application, retryAfter }: LimitOptions) {
  const limits: Partial<Throttling> = {
    ...(window === undefined ? {} : { windowSeconds: window }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(application === undefined ? {} : { application }),
    ...(retryAfter ? {} : { retryAfter }),
  };
  const isSet = on || Object.keys(limits).length > 0;
  if (off && isSet) throw new Ended("usage", "error: --off goes alone");
  return off ? "off" : isSet ? limits : undefined;
}
