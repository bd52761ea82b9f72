/** What has to hold before an ExchangeConnector is set up, as the tenant sees it, and what a preview advises (rules X2 to X11). */
import type { Graph } from "../graph/client";
import { equal } from "../on-change";
import type { Failure } from "../resource";
import { isSimulated } from "../simulation";
import { hasUnknown, isUnknown, type Properties } from "../values";
import { type Args, all, describe, lasting, onChange, setsUp, setUpBody, wire } from "./exchange-connector-settings";
import { type ConnectorCheck, checkConnector, lifecycleOf } from "./exchange-health";

/**
 * What the tenant says of the set-up before there is any effect (X2 to X8a, X11). One that stays as it is is not
 * judged again: a server that is down just now is no reason to stop what has nothing to do with it.
 */
export async function prerequisites(graph: Graph, inputs: Properties, olds: Properties): Promise<Failure[]> {
  const before = givenBefore(olds);
  const changed = all.filter((property) => !equal(onChange[property], before[property], inputs[property]));
  const exists = lasting.every((property) => equal(onChange[property], before[property], inputs[property]));
  const check = changed.some(setsUp) ? await checked(graph, inputs) : undefined;
  justChecked.set(inputs, check);
  // The end of the connector is none of an existing one's set-up.
  const failures = failuresOf(check).filter(({ rule }) => !exists || rule !== "X11");
  const isJudged = exists ? !changed.includes("sync") : check !== undefined;
  if (failures.length > 0 || isJudged) {
    return failures.map(({ property, reason }) => ({ property, reason }));
  }
  // A tenant that cannot check is asked at least whether its time for this has passed.
  const { creation, sync } = (await lifecycleOf(graph)) ?? {};
  if (exists) return sync ? [{ property: "sync", reason: `cannot run: ${sync}` }] : [];
  return creation ? [{ property: "exchangeOrganization", reason: `cannot get one: ${creation}` }] : [];
}

/** The inputs among what is in state. */
const givenBefore = (olds: Properties): Properties =>
  Object.fromEntries(Object.entries(olds).filter(([name, value]) => name in wire && value != null));

/**
 * Asks the tenant, where it is one that can be asked and all of the set-up is known, but for passwords: of those that are
 * not, nothing is said. A connector that is in the way is another matter.
 */
async function checked(graph: Graph, inputs: Properties): Promise<ConnectorCheck | undefined> {
  if (all.filter(setsUp).some((property) => hasUnknown(withoutPassword(inputs[property])))) return undefined;
  const check = await checkConnector(graph, setUpBody({ ...inputs, replaceExisting: true }));
  const { exchangeAccount, proxy } = inputs as Partial<Args>;
  const isGuess = ({ what, message }: { what: string; message: string }) =>
    (what === "@classic.exchangeAccountPassword" && isUnknown(exchangeAccount?.password)) ||
    (what === "@classic.proxy" && isUnknown(proxy?.password) && /password/.test(message));
  return check && { ...check, failures: check.failures.filter((failure) => !isGuess(failure)) };
}

const withoutPassword = (value: unknown) =>
  value !== null && typeof value === "object" ? { ...value, password: undefined } : value;

/** What was found of inputs a moment ago, for the advice about them: nobody is asked the same twice in a row. */
const justChecked = new WeakMap<Properties, ConnectorCheck | undefined>();

const failuresOf = (check: ConnectorCheck | undefined) =>
  (check?.failures ?? []).map(({ rule, what, message }) => ({
    rule,
    property: inputOf(what),
    reason: inOurWords(message),
  }));

/** The input that stands for a property or annotation; what is of the tenant is told of the organization. */
function inputOf(what: string): string {
  const name = what.replace(/^@classic\./, "");
  const account = /^(\w+)Password$/.exec(name)?.[1];
  if (account) return account === "proxy" ? "proxy.password" : `${account}.password`;
  return name in wire ? name : "exchangeOrganization";
}

/** The tenant speaks of annotations, of which a program knows nothing. */
const inOurWords = (message: string) =>
  message.replace(/'?@classic\.(\w+?)(Password)?'?(?=[\s.:,;)]|$)/g, (_, name, password) =>
    password ? `${name}.password` : name,
  );

// --- advice -----------------------------------------------------------------------------------------------------------

/** What a preview should tell of a connector that may be set up so. */
export async function connectorAdvice(graph: Graph, inputs: Properties): Promise<string[]> {
  const check = justChecked.get(inputs) ?? (await checked(graph, inputs));
  justChecked.delete(inputs);
  if (!(await isSimulated(graph))) return elsewhere(inputs);
  // What fails now of a connector that stays as it is stops nobody, and should be known all the same.
  const found = [...(check?.failures ?? []), ...(check?.advice ?? [])];
  return found.map(({ message }) => `${describe(inputs)}: ${inOurWords(message)}`);
}

/** What is so of Microsoft's own service, whose clock nobody here asks. */
const elsewhere = (inputs: Properties): string[] => [
  `${describe(inputs)}: its accounts, proxy and configuration have no property in Graph, and only the simulated tenant acts upon the annotations that carry them; elsewhere the connector is set up on its machine (X2, X3).`,
  `${describe(inputs)}: Microsoft made no new connectors from release 2007 (July 2020) on, and since 19 February 2024 its service synchronizes none (X11). The way out is hybrid modern authentication.`,
];
