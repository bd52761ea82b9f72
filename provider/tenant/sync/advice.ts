/** What a connector's set-up is better with or without, and works all the same (X6, X8). */
import type { ConnectorMachine } from "../exchange/machines";
import { countPartnerships } from "../exchange/records";
import type { Situation } from "./setup";

export interface SetupAdvice {
  rule: "X6" | "X8";
  /** A property or annotation of the connector. */
  what: string;
  message: string;
}

/** From so many devices on, several runspaces are worth their while (X8). */
export const manyDevices = 5_000;

/** No more than what is just enough (X5). */
const isMinimal = ({ processorGHz, memoryGB }: ConnectorMachine): boolean => processorGHz <= 1.6 || memoryGB <= 2;

export function adviceOf({ context, setup, organization, account, machine }: Situation): SetupAdvice[] {
  const advice: SetupAdvice[] = [];
  const say = (rule: SetupAdvice["rule"], what: string, message: string) => advice.push({ rule, what, message });
  if (machine && !machine.setupFolder.secure) {
    say(
      "X6",
      "connectorServerName",
      `The folder ${machine.setupFolder.path} on '${machine.name}' is not secure: delete MicrosoftIntune.accountcert from it after the set-up (X6).`,
    );
  }
  if (!organization) return advice;
  const what = "@classic.parallelCommandSupport";
  const count = countPartnerships(context, organization.name);
  const of = `The organization '${organization.name}' has ${count} devices`;
  if (!setup.annotations[what]) {
    if (count >= manyDevices) {
      say("X8", what, `${of}: from ${manyDevices} on, turn on EnableParallelCommandSupport (X8).`);
    }
    return advice;
  }
  if (count < manyDevices) {
    say("X8", what, `${of}: EnableParallelCommandSupport is meant for ${manyDevices} or more (X8).`);
  }
  if (machine && isMinimal(machine)) {
    const has = `${machine.processorGHz} GHz and ${machine.memoryGB} GB of memory`;
    say(
      "X8",
      what,
      `The machine '${machine.name}' has ${has}: EnableParallelCommandSupport is not for old or slow hardware (X8).`,
    );
  }
  if (account && account.runspacesInUse > 0) {
    say(
      "X8",
      "@classic.exchangeAccount",
      `Of the ${account.runspaces} runspaces of '${account.name}', something else holds ${account.runspacesInUse}: an account for parallel commands should serve nothing but the connector (X8).`,
    );
  }
  return advice;
}
