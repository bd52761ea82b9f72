/** The Graph client: authentication, retries, paging and errors; over a connection or in process, the same calls. */
import { GraphAnswerError, GraphUnreachableError, readError, unreadable } from "./errors";
import type { TokenSource } from "./token";

export type Json = Record<string, unknown>;
export type Send = (request: Request) => Promise<Response>;

export interface Graph {
  get<T = Json>(path: string): Promise<T>;
  /** All items of a collection, over all pages. */
  list<T = Json>(path: string): Promise<T[]>;
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

export function graphClient(options: GraphOptions): Graph {
  const { endpoint, send, token } = options;
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((done) => setTimeout(done, ms)));
  const retries = options.retries ?? 5;

  /** One request and its whole answer: a connection may also be lost in the middle of that. */
  async function once(method: string, url: string, body: Json | undefined, attempt: number, bearer?: string) {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (attempt > 0) headers["retry-attempt"] = String(attempt);
    if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    try {
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const response = await send(new Request(url, init));
      return { response, text: response.status === 204 ? "" : await response.text() };
    } catch (cause) {
      throw new GraphUnreachableError(`${method} ${pathOf(url)}`, cause, endpoint);
    }
  }

  async function call(method: string, path: string, body?: Json): Promise<unknown> {
    const url = path.startsWith("http") ? path : `${endpoint}${versioned(path)}`;
    let refused: string | undefined;
    for (let attempt = 0; ; attempt++) {
      let bearer: string | undefined;
      let answer: Awaited<ReturnType<typeof once>>;
      try {
        bearer = await token?.(refused);
        answer = await once(method, url, body, attempt, bearer);
      } catch (error) {
        // Only what changes nothing is asked again: after a lost answer to a write, the caller has to look.
        if (method !== "GET" || attempt >= retries || !(error instanceof GraphUnreachableError)) throw error;
        await sleep(backoffMs(attempt));
        continue;
      }
      const { response, text } = answer;
      if (response.ok) return text === "" ? undefined : parse(text, `${method} ${pathOf(url)}`, endpoint);
      if (response.status === 401 && token && refused === undefined) {
        refused = bearer;
        // A token that stays the same would be refused again.
        if ((await token(refused)) !== refused) continue;
      }
      // A 429 was refused before it had any effect; the others may have had one, so writes are not sent again.
      const again = response.status === 429 || (method === "GET" && passing.has(response.status));
      if (!again || attempt >= retries) {
        const { code, said } = readError(text);
        const requestId = response.headers.get("request-id") ?? undefined;
        throw new GraphAnswerError(response.status, code, said, `${method} ${pathOf(url)}`, requestId);
      }
      await sleep(retryAfterMs(response) ?? backoffMs(attempt));
    }
  }

  return {
    get: (path) => call("GET", path) as Promise<never>,
    list: async <T>(path: string) => {
      const items: T[] = [];
      let next: string | undefined = path;
      const seen = new Set<string>();
      while (next !== undefined) {
        seen.add(next);
        const page = (await call("GET", next)) as Page<T> | undefined;
        if (!Array.isArray(page?.value)) throw unreadable(`GET ${path}`, "it is no collection", endpoint);
        items.push(...page.value);
        next = page["@odata.nextLink"];
        if (next !== undefined && (seen.has(next) || !next.startsWith(`${endpoint}/`))) {
          // The token goes with the request, so it goes nowhere but to the service itself.
          throw unreadable(`GET ${path}`, `its next page is ${next}`, endpoint);
        }
      }
      return items;
    },
    post: (path, body) => call("POST", path, body) as Promise<never>,
    patch: (path, body) => call("PATCH", path, body) as Promise<never>,
    put: (path, body) => call("PUT", path, body) as Promise<never>,
    delete: (path) => call("DELETE", path) as Promise<never>,
    close: async () => options.close?.(),
  };
}

/** Email profiles and certificates are in `/beta` only (CONTRACT section 1), so that is what a bare path means. */
const versioned = (path: string) => (/^\/(beta|v1\.0|simulation)\//.test(path) ? path : `/beta${path}`);

const pathOf = (url: string) => new URL(url).pathname;

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
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
