/** The Graph client: authentication, retries, paging and errors; over a connection or in process, the same calls. */
import { GraphAnswerError, GraphUnreachableError, readError } from "./errors";

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
  /** A bearer token; asked again, with `fresh`, after a 401. Absent where none is needed. */
  token?: (fresh: boolean) => Promise<string>;
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

  async function once(method: string, url: string, body: Json | undefined, attempt: number, fresh: boolean) {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (attempt > 0) headers["retry-attempt"] = String(attempt);
    if (token) headers.authorization = `Bearer ${await token(fresh)}`;
    try {
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      return await send(new Request(url, init));
    } catch (cause) {
      throw new GraphUnreachableError(`${method} ${pathOf(url)}`, cause, endpoint);
    }
  }

  async function call(method: string, path: string, body?: Json): Promise<unknown> {
    const url = path.startsWith("http") ? path : `${endpoint}${versioned(path)}`;
    let fresh = false;
    for (let attempt = 0; ; attempt++) {
      let response: Response;
      try {
        response = await once(method, url, body, attempt, fresh);
      } catch (error) {
        // Only what changes nothing is asked again: after a lost answer to a write, the caller has to look.
        if (method !== "GET" || attempt >= retries || !(error instanceof GraphUnreachableError)) throw error;
        await sleep(backoffMs(attempt));
        continue;
      }
      const text = response.status === 204 ? "" : await response.text();
      if (response.ok) return text === "" ? undefined : parse(text, `${method} ${pathOf(url)}`, response);
      if (response.status === 401 && token && !fresh && attempt < retries) {
        fresh = true;
        continue;
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
      while (next !== undefined) {
        const page = (await call("GET", next)) as { value: T[]; "@odata.nextLink"?: string };
        items.push(...page.value);
        next = page["@odata.nextLink"];
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

function parse(text: string, request: string, response: Response): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GraphAnswerError(
      response.status,
      "unknown",
      `the body is no JSON: ${text.slice(0, 100)}`,
      request,
      undefined,
    );
  }
}
