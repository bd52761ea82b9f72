/** Refusals that are scripted: cmdlets that Exchange throttles, refuses or leaves without an answer, for tests. */
import { z } from "zod";
import { readSetting, type TenantContext, writeSetting } from "../context";
import type { Db } from "../db";
import { strikes } from "../faults";
import { ExchangeError, type ExchangeErrorKind } from "./errors";
import { requiredCmdlets } from "./words";

const refusalShape = z.strictObject({
  organization: z.string().min(1).optional().describe("Name of the Exchange organization; left out: all"),
  account: z.string().min(1).optional().describe("domain\\user; left out: all"),
  cmdlet: z.enum(requiredCmdlets).optional().describe("Left out: all"),
  kind: z
    .enum(["throttled", "busy", "refused", "timeout"])
    .describe("timeout: the cmdlet has run, and its answer is lost; with the others it has not run"),
  nth: z.int().min(1).optional().describe("Strikes that one, of the cmdlets that it is about"),
  every: z.int().min(1).optional().describe("Strikes each of that number"),
  rate: z.number().min(0).max(1).optional().describe("Strikes that part of them, drawn from seed"),
  seed: z.int().nonnegative().default(1),
  times: z.int().min(1).optional().describe("Strikes no more often than that"),
  retryAfterSeconds: z.int().min(0).max(86_400).default(5).describe("Of throttled and busy"),
});

export const refusalSeed = refusalShape
  .refine(({ nth, every, rate }) => [nth, every, rate].filter((each) => each !== undefined).length <= 1, {
    path: ["nth"],
    message: "give at most one of nth, every and rate",
  })
  .describe("A scripted refusal of cmdlets");

export type Refusal = z.output<typeof refusalSeed>;

const setting = "exchangeRefusals";

export const readRefusals = ({ db }: TenantContext): Refusal[] => readSetting<Refusal[]>(db, setting) ?? [];

/** Puts these refusals in the place of all that were there; they begin to count anew. */
export function writeRefusals({ db }: TenantContext, refusals: readonly Refusal[]): void {
  writeSetting(db, setting, refusals);
  counts.delete(db);
}

interface Count {
  seen: number;
  struck: number;
}

/**
 * Counts are the process's, as those of throttling are: were they in the file, the rollback after a refusal would take
 * its count back, and the next try would be refused again, for ever.
 */
const counts = new WeakMap<Db, Count[]>();

export interface CmdletAttempt {
  organization: string;
  account: string;
  cmdlet: string;
}

/** Counts a cmdlet, and says which refusal strikes it, if any; of several, the first. */
export function takeRefusal(context: TenantContext, attempt: CmdletAttempt): Refusal | undefined {
  const refusals = readRefusals(context);
  if (refusals.length === 0) return undefined;
  const counted = counts.get(context.db) ?? [];
  counts.set(context.db, counted);
  let striking: Refusal | undefined;
  for (const [index, refusal] of refusals.entries()) {
    if (!isAbout(refusal, attempt)) continue;
    counted[index] ??= { seen: 0, struck: 0 };
    const count = counted[index];
    count.seen++;
    if (striking || !strikes({ ...refusal, ...count })) continue;
    count.struck++;
    striking = refusal;
  }
  return striking;
}

const same = (wanted: string | undefined, given: string): boolean =>
  wanted === undefined || wanted.toLowerCase() === given.toLowerCase();

const isAbout = ({ organization, account, cmdlet }: Refusal, attempt: CmdletAttempt): boolean =>
  same(organization, attempt.organization) && same(account, attempt.account) && same(cmdlet, attempt.cmdlet);

const forms = {
  throttled: { kind: "throttled", text: "The account has exceeded its PowerShell budget" },
  busy: { kind: "busy", text: "The server is too busy" },
  refused: { kind: "cmdletNotAllowed", text: "The account is not allowed to run it" },
  timeout: { kind: "timeout", text: "The operation has timed out" },
} as const satisfies Record<Refusal["kind"], { kind: ExchangeErrorKind; text: string }>;

/** The error of a refusal. */
export function refusalError({ kind, retryAfterSeconds }: Refusal, { account, cmdlet }: CmdletAttempt): ExchangeError {
  const { kind: errorKind, text } = forms[kind];
  const waits = kind === "throttled" || kind === "busy";
  return new ExchangeError(
    errorKind,
    `${cmdlet} of '${account}' failed: ${text}.${waits ? ` Try again after ${retryAfterSeconds} seconds.` : ""}`,
    waits ? retryAfterSeconds : undefined,
  );
}
