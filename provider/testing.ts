/**
 * A simulated tenant for the tests of a program that speaks Microsoft Graph: `import { startTenant } from
 * "pulumi-intune-mail/testing"`. Everything that it can do is also there over HTTP, under `/simulation`.
 */
import { readFileSync } from "node:fs";
import { smallCompany } from "./settings";
import { openTenant, type ServedTenant, serveTenant, type Tenant } from "./tenant";
import type { AuthMode } from "./tenant/auth";
import type { Fault, FaultRule } from "./tenant/faults";
import { makeHandler } from "./tenant/handler";
import type { LoggedRequest, RequestFilter } from "./tenant/requestLog";
import { checkSeed, readSeed, type Seed, type SeedInput } from "./tenant/seed";
import type { SimulationStatus } from "./tenant/services/simulationStatus";
import type { Snapshot } from "./tenant/snapshots";
import type { Throttling } from "./tenant/throttle";
import { answerFetch } from "./tenant/transport";

export type { Fault, FaultRule, LoggedRequest, RequestFilter, SeedInput, SimulationStatus, Snapshot };

export interface StartOptions {
  /** A file, or what is in one; an object need only say what the test is about. Left out: the small company. */
  seed?: string | Partial<SeedInput>;
  /** A folder to keep the tenant in, with what it holds already. Left out: in memory, gone when it is closed. */
  data?: string;
  /** Left out: any that is free. `false`: none, it is reached through `fetch` alone. */
  port?: number | false;
  /** `required`: Graph asks for tokens that the tenant has issued. What is below needs none. */
  auth?: AuthMode;
  /** Serve over HTTPS; clients have to trust `certificate`. */
  https?: boolean;
  /** Limits as Graph has them, or others: 429 above them. */
  throttling?: Partial<Throttling>;
}

export interface ClockState {
  now: string;
  /** What the tenant does next on its own. */
  next: { name: string; due: string } | null;
}

/** Something that happened, as docs/events.md has them. */
export interface SimulationEvent {
  sequence: number;
  time: string;
  kind: string;
  deviceId: string | null;
  userId: string | null;
  subjectId: string | null;
  message: string;
  detail: Record<string, unknown> | null;
}

export interface EventFilter {
  kind?: string;
  /** Id or name. */
  deviceId?: string;
  /** Only those with a greater sequence number. */
  after?: number;
}

export interface TestTenant extends AsyncDisposable {
  /** Where it listens, without version: `http://127.0.0.1:49152`. Without a port, only `fetch` knows the address. */
  readonly url: string;
  /** PEM of the server's own certificate; with `https` only. */
  readonly certificate: string | undefined;
  /** Answers in process, without a socket; a path is one after `url`. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  clock: {
    now(): Promise<string>;
    /** Such as `"4h"`; what is due on the way happens. */
    advance(duration: string): Promise<ClockState & { tasks: number }>;
    set(time: string): Promise<ClockState & { tasks: number }>;
    /** Until nothing that happens by itself changes anything any more. */
    runUntilIdle(): Promise<ClockState & { tasks: number; advancedMs: number; idle: boolean }>;
  };
  /** Devices fetch their profiles now: these, by id or name, or all that are enrolled. Gives their number. */
  checkIn(devices?: readonly string[]): Promise<number>;
  faults: {
    add(rule: FaultRule): Promise<Fault>;
    list(): Promise<Fault[]>;
    clear(): Promise<void>;
  };
  requests: {
    list(filter?: RequestFilter): Promise<LoggedRequest[]>;
    clear(): Promise<void>;
  };
  events(filter?: EventFilter): Promise<SimulationEvent[]>;
  /** Keeps the tenant as it is now, in place of an older snapshot of that name. */
  snapshot(name: string): Promise<Snapshot>;
  restore(name: string): Promise<void>;
  /** Back to the seed; faults and logged requests go, too. */
  reset(): Promise<void>;
  status(): Promise<SimulationStatus>;
  /** Id of what has this name; a user's is the principal name. */
  id(kind: keyof typeof named, name: string): string;
  close(): Promise<void>;
}

/** Where things of a name are. */
const named = {
  user: "SELECT id FROM user WHERE userPrincipalName = :name",
  group: "SELECT id FROM directoryGroup WHERE displayName = :name",
  device: "SELECT id FROM device WHERE deviceName = :name",
  app: "SELECT id FROM mobileApp WHERE displayName = :name",
  configuration: "SELECT id FROM deviceConfiguration WHERE displayName = :name",
} as const;

/** Starts a tenant in this process, and on a port unless told otherwise; close it when the tests are done. */
export async function startTenant(options: StartOptions = {}): Promise<TestTenant> {
  const { data, port = 0, auth = "any", https, throttling } = options;
  const tenant = openTenant({ seed: () => seedOf(options.seed ?? smallCompany), auth, ...(data ? { data } : {}) });
  let server: ServedTenant | undefined;
  try {
    if (port !== false) server = await serveTenant(tenant, { port, ...(https ? { https: {} } : {}) });
    const started = controls(tenant, server);
    if (throttling) await started.limit(throttling);
    return started.tenant;
  } catch (error) {
    await server?.close();
    tenant.close();
    throw error;
  }
}

/** What an object leaves out that every seed has. */
const company = {
  tenant: { displayName: "Contoso", domain: "contoso.example" },
  clock: "2020-03-02T08:00:00Z",
} satisfies SeedInput;

const seedOf = (seed: string | Partial<SeedInput>): Seed =>
  typeof seed === "string"
    ? readSeed(readFileSync(seed, "utf8"), seed)
    : checkSeed({ ...company, ...seed }, "given to startTenant");

/** The control surface as functions; they go round tokens, as a test is its own authority. */
function controls(tenant: Tenant, server: ServedTenant | undefined) {
  const url = server?.url ?? "http://tenant";
  const handler = makeHandler(tenant.context, "any");
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await answerFetch(handler, new Request(`${url}/simulation${path}`, init));
    const text = await response.text();
    const answer: unknown = text === "" ? undefined : JSON.parse(text);
    if (!response.ok) throw new Error((answer as { error: { message: string } }).error.message);
    return answer as T;
  };
  /** All pages of what has sequence numbers. */
  const all = async <T>(path: string, filter: EventFilter | RequestFilter): Promise<T[]> => {
    const query = new URLSearchParams(
      Object.entries(filter).map(([name, value]): [string, string] => [name, `${value}`]),
    );
    const items: T[] = [];
    for (let next: number | null = 0; next !== null; query.set("after", String(next))) {
      const page: { value: T[]; next: number | null } = await call("GET", `${path}?${query}`);
      items.push(...page.value);
      next = page.next;
    }
    return items;
  };
  const move = <T>(body: object) => call<T>("POST", "/clock", body);
  const close = once(async () => {
    await server?.close();
    tenant.close();
  });

  const started: TestTenant = {
    url,
    certificate: server?.certificate,
    fetch: (input, init) =>
      tenant.fetch(new Request(typeof input === "string" ? new URL(input, `${url}/`) : input, init)),
    clock: {
      now: async () => (await call<ClockState>("GET", "/clock")).now,
      advance: (duration) => move({ advance: duration }),
      set: (time) => move({ now: time }),
      runUntilIdle: () => move({ untilIdle: true }),
    },
    checkIn: async (devices) => {
      const body = devices ? { deviceIds: devices } : {};
      return (await call<{ checkedIn: number }>("POST", "/checkIn", body)).checkedIn;
    },
    faults: {
      add: (rule) => call("POST", "/faults", rule),
      list: async () => (await call<{ value: Fault[] }>("GET", "/faults")).value,
      clear: () => call("DELETE", "/faults"),
    },
    requests: {
      list: (filter = {}) => all("/requests", filter),
      clear: () => call("DELETE", "/requests"),
    },
    events: (filter = {}) => all("/events", filter),
    snapshot: (name) => call("POST", "/snapshots", { name, replace: true }),
    restore: async (name) => {
      await call("POST", `/snapshots/${encodeURIComponent(name)}/restore`);
    },
    reset: async () => {
      await call("POST", "/reset");
      await call("DELETE", "/requests");
    },
    status: () => call("GET", "/status"),
    id: (kind, name) => {
      const found = tenant.context.db.get<{ id: string }>(named[kind], { name });
      if (!found) throw new Error(`The tenant has no ${kind} '${name}'.`);
      return found.id;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return { tenant: started, limit: (limits: Partial<Throttling>) => call("PUT", "/throttling", limits) };
}

/** The same promise each time, so that closing twice is no error. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let under: Promise<T> | undefined;
  return () => {
    under ??= work();
    return under;
  };
}
