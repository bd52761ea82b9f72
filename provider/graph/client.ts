/** The Graph client: authentication, retries, paging and errors; over a connection or in process, the same calls. */
import { GraphAnswerError, GraphUnreachableError, nobodyThere, pathOf, readError, unreadable } from "./errors";
import { gatherReads } from "./gather";
import type { TokenSource } from "./token";

export type Json = Record<string, unknown>;
export type Send = (request: Request) => Promise<Response>;

export interface Graph {
  get<T = Json>(path: string): Promise<T>;
  /** All items of a collection, over all pages. */
  list<T = Json>(path: string): Promise<T[]>;
  /**
   * The same reads, each done once for the life of this client: for what others seldom change, such as groups. What
   * is found there may be stale, so a finding that stands in somebody's way is looked up afresh.
   */
  once: Pick<Graph, "get" | "list">;
  post<T = Json>(path: string, body: Json): Promise<T>;
  patch<T = Json>(path: string, body: Json): Promise<T>;
  put(path: string, body: Json): Promise<void>;
  delete(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface GraphOptions {
  /** Base address, without version: `https://graph.microsoft.com`. */
  endpoint: string;
  /** Sends one request; undici's fetch, or the embedded tenant's own handler. */
  send: Send;
  /** Gives bearer tokens; asked for another one after a 401. Absent where none is needed. */
  token?: TokenSource;
  /** Waits; given so that tests need not. */
  sleep?: (ms: number) => Promise<void>;
  /** How often a request that was throttled or met a passing fault is sent again. */
  retries?: number;
  close?: () => Promise<void>;
}

const passing = new Set([429, 502, 503, 504]);
/** Where the service names no time: 1 s, 2 s, 4 s … up to 30 s. */
const backoffMs = (attempt: number) => Math.min(1000 * 2 ** attempt, 30_000);
/** No service is waited for longer than this at once, whatever it asks. */
const retryAfterMaxMs = 120_000;
/** Where nobody listens, somebody who is just starting may do so a moment later; waiting longer only costs people time. */
const nobodyRetries = 1;
const nobodyMs = 500;

export function graphClient(options: GraphOptions): Graph {
  const { endpoint, send, token } = options;
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((done) => setTimeout(done, ms)));
  const retries = options.retries ?? 5;
  const urlOf = (path: string) => (path.startsWith("http") ? path : `${endpoint}${versioned(path)}`);

  /** One request and its whole answer: a connection may also be lost in the middle of that. */
  async function exchange(
    { method, url, body, called, isRead }: Call,
    attempt: number,
    bearer: string | undefined,
  ): Promise<{ response: Response; text: string }> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (attempt > 0) headers["retry-attempt"] = String(attempt);
    if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    try {
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const response = await send(new Request(url, init));
      return { response, text: response.status === 204 ? "" : await response.text() };
    } catch (cause) {
      throw new GraphUnreachableError(called, cause, endpoint, { isRead });
    }
  }

  /** @param shown what messages call the request, and that it changes nothing, where its method does not tell */
  async function call(method: string, path: string, body?: Json, shown?: string): Promise<unknown> {
    const url = urlOf(path);
    const isRead = method === "GET" || shown !== undefined;
    const called = shown ?? `${method} ${pathOf(url)}`;
    let refused: string | undefined;
    for (let attempt = 0; ; attempt++) {
      let bearer: string | undefined;
      let answer: Awaited<ReturnType<typeof exchange>>;
      try {
        bearer = await token?.(refused);
        answer = await exchange({ method, url, body, called, isRead }, attempt, bearer);
      } catch (error) {
        // Only what changes nothing is asked again: after a lost answer to a write, the caller has to look.
        if (!isRead || !(error instanceof GraphUnreachableError)) throw error;
        const nobody = nobodyThere(error);
        if (attempt >= (nobody ? Math.min(nobodyRetries, retries) : retries)) throw error;
        await sleep(nobody ? nobodyMs : backoffMs(attempt));
        continue;
      }
      const { response, text } = answer;
      if (response.ok) return text === "" ? undefined : parse(text, called, endpoint);
      if (response.status === 401 && token && refused === undefined) {
        refused = bearer;
        // A token that stays the same would be refused again.
        if ((await token(refused)) !== refused) continue;
      }
      // A 429 was refused before it had any effect; the others may have had one, so writes are not sent again.
      const again = response.status === 429 || (isRead && passing.has(response.status));
      if (!again || attempt >= retries) {
        const { code, said } = readError(text);
        const requestId = response.headers.get("request-id") ?? undefined;
        throw new GraphAnswerError(response.status, code, said, called, requestId);
      }
      await sleep(retryAfterMs(response.headers.get("retry-after")) ?? backoffMs(attempt));
    }
  }

  const read = gatherReads({
    base: `${endpoint}/beta/`,
    alone: (url) => call("GET", url),
    together: (body, shown) => call("POST", "/$batch", body, shown),
    retries,
    pause: (attempt, retryAfter) => sleep(retryAfterMs(retryAfter ?? null) ?? backoffMs(attempt)),
  });
  const get = <T>(path: string) => read(urlOf(path)) as Promise<T>;

  async function list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined = path;
    const seen = new Set<string>();
    while (next !== undefined) {
      seen.add(next);
      const page: Page<T> | undefined = await get<Page<T> | undefined>(next);
      if (!Array.isArray(page?.value))
        throw unreadable(`GET ${path}`, "it is no collection", endpoint, { isRead: true });
      items.push(...page.value);
      next = page["@odata.nextLink"];
      if (next !== undefined && (seen.has(next) || !next.startsWith(`${endpoint}/`))) {
        // The token goes with the request, so it goes nowhere but to the service itself.
        throw unreadable(`GET ${path}`, `its next page is ${next}`, endpoint, { isRead: true });
      }
    }
    return items;
  }

  return {
    get,
    list,
    once: { get: kept(get) as Graph["get"], list: kept(list) as Graph["list"] },
    post: (path, body) => call("POST", path, body) as Promise<never>,
    patch: (path, body) => call("PATCH", path, body) as Promise<never>,
    put: (path, body) => call("PUT", path, body) as Promise<never>,
    delete: (path) => call("DELETE", path) as Promise<never>,
    close: async () => options.close?.(),
  };
}

/** Email profiles and certificates are in `/beta` only (CONTRACT section 1), so that is what a bare path means. */
const versioned = (path: string) => (/^\/(beta|v1\.0|simulation)\//.test(path) ? path : `/beta${path}`);

interface Call {
  method: string;
  url: string;
  body: Json | undefined;
  /** What messages call it. */
  called: string;
  /** Whether it changes nothing, so that it can be asked again. */
  isRead: boolean;
}

/** A read that is done once for each path; a failure is not kept. */
function kept<T>(read: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (path) => {
    let answer = known.get(path);
    if (answer === undefined) {
      answer = read(path);
      known.set(path, answer);
      answer.catch(() => known.delete(path));
    }
    return answer;
  };
}

function retryAfterMs(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, retryAfterMaxMs) : undefined;
}

interface Page<T> {
  value: T[];
  "@odata.nextLink"?: string;
}

function parse(text: string, request: string, endpoint: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(request, `it is no JSON: ${text.slice(0, 100)}`, endpoint);
  }
}
