/** The two ways to the handler: a fetch `Request` in the same process, and a request of `node:http` or `node:https`. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
// Callers wait for a delayed answer in real time, whatever the tenant's clock says.
import { setTimeout as realTime } from "node:timers/promises";
import type { TenantContext } from "./context";
import { bodyBytesMax, type Handler, type Incoming, textOf, tooLong } from "./handler";
import { hasBody, refusalOf, serializeRefusal } from "./limits";

type Body = string | typeof tooLong | undefined;

/** What the handler is told of a request, whichever way it came. */
const incoming = (
  [method, origin, target]: readonly [string, string, string],
  header: (name: string) => string | null,
  body: Body,
): Incoming => ({
  method,
  origin,
  target,
  header,
  ...(body === undefined ? {} : { body }),
});

// --- in process ---------------------------------------------------------------------------------------------------------

/** Answers in process: what a client passes to `fetch` goes to the handler without a socket. */
export async function answerFetch(handler: Handler, request: Request): Promise<Response> {
  const { headers, signal } = request;
  signal.throwIfAborted();
  const { origin, pathname, search } = new URL(request.url);
  const body = request.body ? await readAll(request.body, headers.get("content-length")) : undefined;
  const answer = handler(incoming([request.method, origin, pathname + search], (name) => headers.get(name), body));
  if (answer.delayMs) {
    await realTime(answer.delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  if (answer.drop) throw connectionLost();
  return new Response(textOf(answer), { status: answer.status, headers: answer.headers });
}

/** What `fetch` throws where a server ends the connection instead of answering. */
const connectionLost = () =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });

// --- over HTTP ----------------------------------------------------------------------------------------------------------

/** What a server calls for each request; a `Request` made for each of them would cost more than all the rest. */
export const httpListener =
  (handler: Handler, { clock }: TenantContext): RequestListener =>
  (message, response) => {
    const refusal = refusalOf(message);
    if (refusal) {
      const { headers, text } = serializeRefusal(refusal, clock.now(), oneOf(message.headers["client-request-id"]));
      // What follows of the request is not worth reading.
      response.writeHead(refusal.status, { ...headers, connection: "close" });
      response.end(message.method === "HEAD" ? undefined : text);
      return;
    }
    // The connection may end in the middle of a body: nothing was done, and nobody is left to be told.
    answerHttp(handler, message, response).catch(() => response.destroy());
  };

async function answerHttp(handler: Handler, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers, method = "GET", url = "/" } = message;
  const body = hasBody(headers) ? await readMessage(message) : undefined;
  const answer = handler(incoming([method, originOf(message), targetOf(url)], (name) => oneOf(headers[name]), body));
  if (answer.delayMs) await delay(answer.delayMs, response);
  if (answer.drop) return void message.socket.destroy();
  const { headers: sent } = answer;
  const text = textOf(answer);
  if (body === tooLong) sent.connection = "close";
  if (text === null) return void response.writeHead(answer.status, sent).end();
  const bytes = Buffer.byteLength(text);
  sent["content-length"] = String(bytes);
  // Text of ASCII alone is the same in both, and is written in half the time as the one that needs no encoding.
  response.writeHead(answer.status, sent).end(text, bytes === text.length ? "latin1" : "utf8");
}

/** By the connection itself: what a proxy says in `X-Forwarded-…` could be said by anybody. */
function originOf({ socket, headers }: IncomingMessage): string {
  const isEncrypted = "encrypted" in socket && socket.encrypted === true;
  return `${isEncrypted ? "https" : "http"}://${headers.host ?? "localhost"}`;
}

/** Path and query, also of an address that was sent whole (RFC 9112, section 3.2.2). */
const targetOf = (url: string): string => {
  const target = url.replace(/^https?:\/\/[^/?]*/i, "");
  return target.startsWith("/") ? target : `/${target}`;
};

const oneOf = (value: string | string[] | undefined): string | null =>
  Array.isArray(value) ? value[0]! : (value ?? null);

/** Waits, unless the caller goes away before. */
async function delay(ms: number, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once("close", leave);
  try {
    await realTime(ms, undefined, { signal: gone.signal });
  } finally {
    response.off("close", leave);
  }
}

/** Takes in a body; no more of it is kept than may be long. */
function makeBody() {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    /**
     * False: the rest is not worth reading. What is too much is still taken, up to a point: a caller whose connection
     * ends while he writes would not hear why.
     */
    add: (chunk: Uint8Array): boolean => {
      bytes += chunk.byteLength;
      if (bytes <= bodyBytesMax) chunks.push(chunk);
      else chunks = [];
      return bytes <= takenBytesMax;
    },
    text: (): string | typeof tooLong => (bytes > bodyBytesMax ? tooLong : Buffer.concat(chunks).toString("utf8")),
  };
}

const takenBytesMax = 16 * bodyBytesMax;

async function readAll(stream: AsyncIterable<Uint8Array>, declared: string | null): Promise<string | typeof tooLong> {
  if (Number(declared ?? 0) > bodyBytesMax) return tooLong;
  const body = makeBody();
  for await (const chunk of stream) if (!body.add(chunk)) break;
  return body.text();
}

/** The same of a message, by its events: to iterate over it costs as much as a small request does. */
function readMessage(message: IncomingMessage): Promise<string | typeof tooLong> {
  if (Number(message.headers["content-length"] ?? 0) > bodyBytesMax) return Promise.resolve(tooLong);
  const body = makeBody();
  return new Promise((resolve, reject) => {
    message.on("data", (chunk: Uint8Array) => {
      if (!body.add(chunk)) resolve(body.text());
    });
    message.once("end", () => resolve(body.text()));
    message.once("error", reject);
  });
}
