import type { Settings } from "../settings";
import type { Send } from "./client";
import { GraphAnswerError, GraphUnreachableError, readError } from "./errors";

/** Tokens by the client-credentials grant, kept until the service stops taking them. */
export function clientCredentials(
  client: NonNullable<Settings["client"]>,
  send: Send,
): (fresh: boolean) => Promise<string> {
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
    try {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      response = await send(new Request(url, { method: "POST", headers, body: body.toString() }));
    } catch (cause) {
      throw new GraphUnreachableError(request, cause, client.authority);
    }
    const text = await response.text();
    if (!response.ok) {
      const { code, said } = readError(text);
      throw new GraphAnswerError(response.status, code, said, request, undefined);
    }
    return (JSON.parse(text) as { access_token: string }).access_token;
  };
  return (fresh) => {
    if (fresh || !current) {
      current = ask();
      current.catch(() => {
        current = undefined;
      });
    }
    return current;
  };
}
