/**
 * What was asked of this process, for tests to assert on. In memory: a commit to the file for each GET would cost more
 * than the GET.
 */
import { graphTime } from "./context";
import { isRecord } from "./metadata";
import { matchesPath } from "./pathPattern";
import type { GraphVersion, Root } from "./route";

/** What the handler tells of a request; those under `/simulation` are not kept. */
export interface RequestEntry {
  /** By the tenant's clock. */
  timeMs: number;
  method: string;
  version: Root;
  /** After the version, as the caller wrote it. */
  path: string;
  query: string;
  /** 0: the connection was dropped. */
  status: number;
  requestId: string;
  clientRequestId: string | null;
  appId?: string;
  /** Id of the fault that struck it. */
  fault?: string;
  /** As text, with all that is in it; what is listed has no secrets. */
  body?: string;
}

export interface LoggedRequest extends Omit<RequestEntry, "body" | "timeMs"> {
  sequence: number;
  time: string;
  version: GraphVersion;
  body?: unknown;
}

export interface RequestFilter {
  method?: string;
  /** A pattern: `*` is one segment, `**` any number. */
  path?: string;
  status?: number;
  version?: GraphVersion;
  /** Only those with a greater sequence number. */
  after?: number;
}

export interface RequestLog {
  add(entry: RequestEntry): void;
  /** Those that are still kept and that the filter means, the oldest first. */
  list(filter?: RequestFilter): LoggedRequest[];
  clear(): void;
}

/** Longest body that is kept, in characters, and the sum of all. */
const bodyMax = 64 * 1024;
const bodiesMax = 32 * 1024 * 1024;

/** Keeps the newest requests: as many as it has room for, and their bodies as long as they are not too much together. */
export function makeRequestLog(capacity = 10_000): RequestLog {
  let ring: RequestEntry[] = [];
  /** Sequence numbers go from 1 and are never used twice; entry `n` is at `n % capacity`. */
  let last = 0;
  let oldest = 1;
  let oldestBody = 1;
  let bodies = 0;
  const at = (sequence: number) => ring[sequence % capacity]!;
  const forgetBody = (entry: RequestEntry) => {
    bodies -= entry.body?.length ?? 0;
    entry.body = undefined;
  };

  return {
    add: (entry) => {
      if (entry.version === "simulation") return;
      last++;
      if (last - oldest >= capacity) forgetBody(at(oldest++));
      ring[last % capacity] = entry;
      // A part of a text keeps the whole of it in memory, so one that is too long leaves its length only.
      if (entry.body !== undefined && entry.body.length > bodyMax) entry.body = tooLong(entry.body);
      bodies += entry.body?.length ?? 0;
      if (oldestBody < oldest) oldestBody = oldest;
      while (bodies > bodiesMax) forgetBody(at(oldestBody++));
    },
    list: (filter = {}) => {
      const found: LoggedRequest[] = [];
      for (let sequence = Math.max(oldest, (filter.after ?? 0) + 1); sequence <= last; sequence++) {
        const entry = at(sequence);
        if (isMeant(entry, filter)) found.push(listed(entry, sequence));
      }
      return found;
    },
    clear: () => {
      ring = [];
      oldest = oldestBody = last + 1;
      bodies = 0;
    },
  };
}

const tooLong = (body: string) => JSON.stringify(`(${body.length} characters)`);

const isMeant = (entry: RequestEntry, { method, path, status, version }: RequestFilter): boolean =>
  (method === undefined || method.toUpperCase() === entry.method) &&
  (status === undefined || status === entry.status) &&
  (version === undefined || version === entry.version) &&
  (path === undefined || matchesPath(path, entry.path));

const listed = ({ body, timeMs, ...entry }: RequestEntry, sequence: number): LoggedRequest => ({
  sequence,
  time: graphTime(timeMs),
  ...entry,
  version: entry.version as GraphVersion,
  ...(body === undefined || body === "" ? {} : { body: withoutSecrets(parsed(body)) }),
});

/** Text that is no JSON is not shown: nobody knows what in it is a secret. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return `(no JSON: ${body.length} characters)`;
  }
}

const secretNames = /password|passphrase|secret|token|credential|privateKey|preSharedKey|pfx/i;

/** A copy in which values of names that look like secrets are `(secret)`; true, false and null tell none. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      secretNames.test(name) && each !== null && typeof each !== "boolean" ? "(secret)" : withoutSecrets(each),
    ]),
  );
}
