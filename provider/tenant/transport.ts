/** The two ways to the handler: a fetch `Request` in the same process, and a request of `node:http`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { bodyBytesMax, type Handler, serialize, tooLong } from "./handler";

/** Answers in process: what a client passes to `fetch` goes to the handler without a socket. */
export async function answerFetch(handler: Handler, request: Request): Promise<Response> {
  const { origin, pathname, search } = new URL(request.url);
  const { headers } = request;
  const answer = handler({
    method: request.method,
    origin,
    target: pathname + search,
    authorization: headers.get("authorization"),
    clientRequestId: headers.get("client-request-id"),
    ...(request.body ? { body: await readAll(request.body, headers.get("content-length")) } : {}),
  });
  const { headers: sent, text } = serialize(answer);
  return new Response(text, { status: answer.status, headers: sent });
}

/** Answers over HTTP; a `Request` made for each message would cost more than all the rest. */
export async function answerHttp(handler: Handler, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers } = message;
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  const body = hasBody ? await readAll(message, headers["content-length"] ?? null) : undefined;
  const answer = handler({
    method: message.method ?? "GET",
    origin: `http://${headers.host ?? "localhost"}`,
    target: message.url ?? "/",
    authorization: headers.authorization ?? null,
    clientRequestId: oneOf(headers["client-request-id"]),
    ...(body === undefined ? {} : { body }),
  });
  const { headers: sent, text } = serialize(answer);
  if (body === tooLong) sent.connection = "close";
  if (text !== null) sent["content-length"] = String(Buffer.byteLength(text));
  response.writeHead(answer.status, sent).end(message.method === "HEAD" ? undefined : (text ?? undefined));
}

const oneOf = (value: string | string[] | undefined): string | null =>
  Array.isArray(value) ? value[0]! : (value ?? null);

/** The body as text; no more of it is kept than may be long. */
async function readAll(body: AsyncIterable<Uint8Array>, declared: string | null): Promise<string | typeof tooLong> {
  if (Number(declared ?? 0) > bodyBytesMax) return tooLong;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) return tooLong;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
