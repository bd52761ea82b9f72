/** Faults that are injected on purpose: which requests they strike, and what those get instead of their answer. */
import { z } from "zod";
import type { TenantContext } from "./context";
import { GraphError } from "./errors";
import { isRecord } from "./metadata";
import { matchesPath } from "./pathPattern";
import type { Root } from "./route";

/** In the tenant's file, so that a restart and other processes on the file meet the same faults. */
export const faultSchema = `
  CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL,                      -- JSON of a FaultRule
    seen INTEGER NOT NULL DEFAULT 0,         -- requests that it is about
    struck INTEGER NOT NULL DEFAULT 0        -- those that it struck
  ) STRICT;
`;

const ruleShape = z.strictObject({
  method: z.enum(["GET", "POST", "PATCH", "PUT", "DELETE"]).optional(),
  path: z.string().regex(/^\//, 'must begin with a slash, such as "/deviceManagement/**"').max(1000).optional(),
  version: z.enum(["beta", "v1.0"]).optional(),
  nth: z.int().min(1).optional(),
  every: z.int().min(1).optional(),
  rate: z.number().min(0).max(1).optional(),
  seed: z.int().nonnegative().optional(),
  times: z.int().min(1).optional(),
  status: z.int().min(400).max(599).optional(),
  retryAfter: z.int().min(0).max(3600).optional(),
  code: z.string().min(1).max(200).optional(),
  message: z.string().max(2000).optional(),
  delayMs: z.int().min(0).max(60_000).optional(),
  drop: z.enum(["before", "after"]).optional(),
});

export type FaultRule = z.output<typeof ruleShape>;

/** What goes together, beyond the form of each property; the first word names the property. */
const together: { wrong(rule: FaultRule): boolean; at: keyof FaultRule; message: string }[] = [
  {
    wrong: ({ status, delayMs, drop }) => status === undefined && delayMs === undefined && drop === undefined,
    at: "status",
    message: "a fault does something: give status, delayMs or drop",
  },
  {
    wrong: ({ status, drop }) => status !== undefined && drop !== undefined,
    at: "drop",
    message: "a dropped connection has no status: give one of status and drop",
  },
  {
    wrong: ({ nth, every, rate }) => [nth, every, rate].filter((each) => each !== undefined).length > 1,
    at: "nth",
    message: "give at most one of nth, every and rate",
  },
  {
    wrong: ({ nth, times }) => nth !== undefined && times !== undefined,
    at: "times",
    message: "nth strikes once; times goes with every, with rate, or alone",
  },
  {
    wrong: ({ rate, seed }) => seed !== undefined && rate === undefined,
    at: "seed",
    message: "nothing is drawn without rate",
  },
  ...(["retryAfter", "code", "message"] as const).map((at) => ({
    wrong: (rule: FaultRule) => rule[at] !== undefined && rule.status === undefined,
    at,
    message: "belongs to an answer: give status as well",
  })),
];

/** What a fault is made of; all mistakes are said at once, those of form together with those of sense. */
export const faultRule = together.reduce(
  (rule, { wrong, at, message }) =>
    rule.refine((given) => !wrong(given), { path: [at], message, when: ({ value }) => isRecord(value) }),
  ruleShape,
);

/** What decides whether a fault, or a scripted refusal of cmdlets, strikes: its rule, and what it has counted. */
export type Striker = Pick<FaultRule, "nth" | "every" | "rate" | "seed" | "times"> & { seen: number; struck: number };

/** A fault as it stands: its rule, the requests that it was about, and those that it struck. */
export type Fault = FaultRule & { id: string; seen: number; struck: number };

interface Row {
  id: number;
  rule: string;
  seen: number;
  struck: number;
}

const faultOf = ({ id, rule, seen, struck }: Row): Fault => ({
  id: String(id),
  ...(JSON.parse(rule) as FaultRule),
  seen,
  struck,
});

/** All faults, the oldest first. */
export const listFaults = ({ db }: TenantContext): Fault[] =>
  db.all<Row>("SELECT * FROM fault ORDER BY id").map(faultOf);

export function addFault({ db }: TenantContext, rule: FaultRule): Fault {
  const row = db.get<Row>("INSERT INTO fault (rule) VALUES (:rule) RETURNING *", { rule: JSON.stringify(rule) });
  return faultOf(row!);
}

/** Removes one fault, or all of them; tells how many went. */
export const removeFaults = ({ db }: TenantContext, id?: string): number =>
  db.run("DELETE FROM fault WHERE :id IS NULL OR id = CAST(:id AS INTEGER)", { id: id ?? null });

export interface StruckRequest {
  root: Root;
  method: string;
  /** After the root. */
  path: string;
}

/**
 * Counts a request and says which fault strikes it, if any. Every fault counts all requests that it is about; of several
 * that would strike the same one, the oldest does.
 */
export function takeFault(context: TenantContext, request: StruckRequest): Fault | undefined {
  const { db } = context;
  if (request.root === "simulation" || !db.get("SELECT 1 FROM fault LIMIT 1")) return undefined;
  // Most requests are none's: only those that count take the file's lock.
  if (!listFaults(context).some((fault) => isAbout(fault, request))) return undefined;
  return db.transaction(() => {
    const about = listFaults(context).filter((fault) => isAbout(fault, request));
    const counted = about.map((fault) => ({ ...fault, seen: fault.seen + 1 }));
    const striking = counted.find(strikes);
    if (striking) striking.struck++;
    for (const { id, seen, struck } of counted) {
      db.run("UPDATE fault SET seen = :seen, struck = :struck WHERE id = :id", { id: Number(id), seen, struck });
    }
    if (striking) tell(context, striking, request);
    return striking;
  });
}

const isAbout = ({ method, path, version }: FaultRule, request: StruckRequest): boolean =>
  (method === undefined || method === request.method) &&
  (version === undefined || version === request.root) &&
  (path === undefined || matchesPath(path, request.path));

/** Whether it strikes the request, or the cmdlet, that it has just counted. */
export function strikes({
  seen,
  struck,
  nth,
  every,
  rate,
  seed = 1,
  times = Number.POSITIVE_INFINITY,
}: Striker): boolean {
  if (struck >= times) return false;
  if (nth !== undefined) return seen === nth;
  if (every !== undefined) return seen % every === 0;
  return rate === undefined || drawn(seed, seen) < rate;
}

/** A number from 0 to 1 that depends on nothing but a seed and a count (the finalizer of MurmurHash3). */
function drawn(seed: number, count: number): number {
  let hash = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(count, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Slow answers are no news; one that fails or never comes is. */
function tell({ events }: TenantContext, fault: Fault, { method, root, path }: StruckRequest): void {
  if (fault.status === undefined && fault.drop === undefined) return;
  const got = fault.drop ? `lost its connection ${fault.drop} its effect` : `was answered with ${fault.status}`;
  events.add({
    kind: "faultInjected",
    subjectId: fault.id,
    message: `${method} /${root}${path} ${got}, by fault ${fault.id}.`,
    detail: { fault: fault.id, ...(fault.drop ? { drop: fault.drop } : { status: fault.status }) },
  });
}

/** Graph's code for a status, where the fault names none. */
const codes: Record<number, string> = {
  400: "BadRequest",
  401: "InvalidAuthenticationToken",
  403: "Forbidden",
  404: "ResourceNotFound",
  409: "Conflict",
  429: "TooManyRequests",
  500: "InternalServerError",
  502: "BadGateway",
  503: "ServiceUnavailable",
  504: "GatewayTimeout",
};

/** The answer of a fault that has a status; `retryAfter` is a header, and the handler's to set. */
export const faultError = ({ id, status = 500, code, message }: Fault): GraphError =>
  new GraphError(
    status,
    code ?? codes[status] ?? (status < 500 ? "BadRequest" : "InternalServerError"),
    message ?? `This answer was injected by fault ${id} of the simulation.`,
  );
