/** `tenant clock` and `tenant check-in`: time passes, and devices fetch what they are given. */
import { Command, Option } from "commander";
import { Ended } from "../failure";
import { withExamples } from "../help";
import { count } from "../out";
import { type ClockMove, checkInDevices, clockText, moveClock, readClock } from "../tenant/control";
import { type ShowOptions, show } from "../tenant/show";
import { duration } from "./numbers";
import { jsonOption, tenantOptions } from "./options";

interface ClockOptions extends ShowOptions {
  advance?: string;
  set?: string;
  untilIdle?: true;
}

export const clockVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("clock"))
      .description("Show the tenant's time, or move it; what is due on the way happens.")
      .addOption(new Option("--advance <duration>", "how far to move it, such as 90m, 4h or 2d").argParser(duration))
      .option("--set <time>", "move it on to this time, such as 2020-03-03T08:00:00Z")
      .option("--until-idle", "let time pass until check-ins and syncs change nothing any more")
      .addOption(jsonOption()),
    "intune-mail tenant clock",
    "intune-mail tenant clock --advance 4h",
    "intune-mail tenant clock --until-idle --json",
  ).action(async (options: ClockOptions) => {
    const move = moveOf(options);
    await show(options, (graph) => (move ? moveClock(graph, move) : readClock(graph)), clockText);
  });

function moveOf({ advance, set, untilIdle }: ClockOptions): ClockMove | undefined {
  const moves: ClockMove[] = [
    ...(advance === undefined ? [] : [{ advance }]),
    ...(set === undefined ? [] : [{ now: set }]),
    ...(untilIdle ? [{ untilIdle }] : []),
  ];
  if (moves.length > 1) throw new Ended("usage", "error: give one of --advance, --set and --until-idle");
  return moves[0];
}

export const checkInVerb = (): Command =>
  withExamples(
    tenantOptions(new Command("check-in"))
      .description("Let devices fetch their profiles now: all of them, or those that are named.")
      .option("--device <id or name...>", "one device or several")
      .addOption(jsonOption()),
    "intune-mail tenant check-in",
    "intune-mail tenant check-in --device ADA-IPHONE --json",
  ).action((options: ShowOptions & { device?: string[] }) =>
    show(
      options,
      (graph) => checkInDevices(graph, options.device),
      ({ checkedIn }) => [`${count(checkedIn, "device")} checked in.`],
    ),
  );
