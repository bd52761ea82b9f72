import type { Settings } from "../settings";
import type { Send } from "./client";
import { GraphAnswerError, GraphUnreachableError, readError, unreadable } from "./errors";

/** Gives a token; another one than `refused`, which the service did not take, where it can. */
export type TokenSource = (refused?: string) => Promise<string>;

/** Tokens by the client-credentials grant, kept until the service stops taking them. */
export function clientCredentials(client: NonNullable<Settings["client"]>, send: Send): TokenSource {
  let current: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    const url = `${client.authority.replace(/\/+$/, "")}/${client.tenantId}/oauth2/v2.0/token`;
    const request = `POST ${new URL(url).pathname}`;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: client.clientSecret,
      scope: "https://graph.microsoft.com/.default",
    });
    let response: Response;
    let text: string;
    try {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      response = await send(new Request(url, { method: "POST", headers, body: body.toString() }));
      text = await response.text();
    } catch (cause) {
      throw new GraphUnreachableError(request, cause, client.authority, { isRead: true });
    }
    if (!response.ok) {
      const { code, said } = readError(text);
      throw new GraphAnswerError(response.status, code, said, request, undefined);
    }
    const token = tokenIn(text);
    if (token === undefined) throw unreadable(request, "it holds no token", client.authority, { isRead: true });
    return token;
  };
  return async (refused) => {
    // Requests run side by side: the first whose token is refused asks, the others wait for the same answer.
    const before = current;
    const stale = before !== undefined && refused !== undefined && (await before) === refused;
    if (current === undefined || (stale && current === before)) {
      const asked = ask();
      current = asked;
      asked.catch(() => {
        if (current === asked) current = undefined;
      });
    }
    return current;
  };
}

function tokenIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { access_token?: string }).access_token;
  } catch {
    return undefined;
  }
}
