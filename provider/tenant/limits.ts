/** What is refused of HTTP before the tenant looks at it, in Graph's shape. */
import type { IncomingMessage } from "node:http";
import { guidOf } from "./context";
import { isSignIn } from "./signIn";

export interface Refusal {
  status: number;
  code: string;
  message: string;
}

/** Longest address and longest headers, in bytes. */
const targetBytesMax = 16 * 1024;
const headerBytesMax = 16 * 1024;

/** For the server, whose own limits only guard its memory: what is between them and ours is answered in Graph's shape. */
export const serverLimits = {
  maxHeaderSize: 4 * (targetBytesMax + headerBytesMax),
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  // Longer than clients keep a connection that they do not use: none meets one that is just being closed.
  keepAliveTimeout: 65_000,
  // Refused below, with an answer that says so.
  requireHostHeader: false,
};

const methods: readonly (string | undefined)[] = ["GET", "POST", "PATCH", "PUT", "DELETE"];
const requestLine = /^([A-Z]{1,20}) \S+ HTTP\/1\.[01]\r\n/;
const hostForm = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;
/** `text/plain` is what `fetch` says of a string when nobody told it better. */
const jsonForm = /^(application\/([\w.+-]+\+)?json|text\/plain)\s*(;|$)/i;
const formForm = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** `415` has a client send the body again as it is: Kiota's for Go writes bodies as gzip first. */
const isEncoded = (encoding: string | undefined) => encoding !== undefined && !/^(identity)?$/i.test(encoding.trim());

/** Why a request is not answered by the tenant, if it is not. */
export function refusalOf(request: IncomingMessage): Refusal | undefined {
  const { method, url = "/", headers, rawHeaders, httpVersion } = request;
  if (url.length > targetBytesMax) return refusals.target(url.length);
  const headerBytes = rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  if (headerBytes > headerBytesMax) return refusals.headers(headerBytes);
  if (headers.host === undefined ? httpVersion === "1.1" : !hostForm.test(headers.host)) return refusals.host();
  if (!methods.includes(method)) return refusals.method(method);
  if (isEncoded(headers["content-encoding"]) && hasBody(headers))
    return refusals.encoding(headers["content-encoding"]!);
  const type = headers["content-type"];
  if (type === undefined || jsonForm.test(type) || !hasBody(headers)) return undefined;
  return formForm.test(type) && isSignIn(url.split("?", 1)[0]!) ? undefined : refusals.contentType(type);
}

/** Whether a request has a body, were it an empty one. */
export const hasBody = (headers: IncomingMessage["headers"]): boolean =>
  headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;

/** The same for what is no HTTP that a server can read, by the parser's code; undefined where nobody would understand. */
export function refusalOfError({ code = "", rawPacket }: { code?: string; rawPacket?: Buffer }): Refusal | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return refusals.timeout();
  if (!code.startsWith("HPE_")) return undefined;
  if (code === "HPE_HEADER_OVERFLOW") return refusals.headers(undefined);
  const method = code === "HPE_INVALID_METHOD" && requestLine.exec(rawPacket?.toString("latin1") ?? "")?.[1];
  return method ? refusals.method(method) : refusals.malformed();
}

const longerThan = (what: string, bytes: number | undefined, most: number) =>
  `The ${what} of the request ${bytes === undefined ? "is" : `has ${bytes} bytes and is`} longer than ${most} bytes.`;

const refusals = {
  target: (bytes: number) => ({
    status: 414,
    code: "RequestUriTooLong",
    message: longerThan("address", bytes, targetBytesMax),
  }),
  headers: (bytes: number | undefined) => ({
    status: 431,
    code: "RequestHeaderFieldsTooLarge",
    message: longerThan("header", bytes, headerBytesMax),
  }),
  host: () => ({ status: 400, code: "BadRequest", message: "The request has no Host header that names a host." }),
  method: (method: string | undefined) => ({
    status: 405,
    code: "MethodNotAllowed",
    message: `The HTTP method '${method}' is not one of those that are answered: ${methods.join(", ")}.`,
  }),
  contentType: (type: string) => ({
    status: 415,
    code: "UnsupportedMediaType",
    message: `The content type '${type.slice(0, 100)}' is not supported: send application/json.`,
  }),
  encoding: (encoding: string) => ({
    status: 415,
    code: "UnsupportedMediaType",
    message: `The content encoding '${encoding.slice(0, 100)}' is not supported: send the body as it is.`,
  }),
  timeout: () => ({ status: 408, code: "RequestTimeout", message: "The request did not arrive in time." }),
  malformed: () => ({ status: 400, code: "BadRequest", message: "The request is not HTTP as RFC 9112 has it." }),
} satisfies Record<string, (...given: never[]) => Refusal>;

let refused = 0;

/** A refusal as it is sent; `now` is the tenant's time. */
export function serializeRefusal(
  { status, code, message }: Refusal,
  now: string,
  clientRequestId?: string | null,
): { headers: Record<string, string>; text: string } {
  const id = guidOf(`refusal ${++refused} of ${process.pid}`);
  const ids = { "request-id": id, "client-request-id": clientRequestId ?? id };
  const text = JSON.stringify({ error: { code, message, innerError: { date: now.slice(0, 19), ...ids } } });
  const headers = {
    ...ids,
    ...(status === 405 ? { allow: methods.join(", ") } : {}),
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
  };
  return { headers, text };
}
