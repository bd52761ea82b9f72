/** A program as somebody would write it for the real Graph: it signs in with Microsoft's own library, and asks for users. */
import { ConfidentialClientApplication } from "@azure/msal-node";

async function main([url, tenantId, clientId, clientSecret]: string[]): Promise<void> {
  const application = new ConfidentialClientApplication({
    auth: {
      authority: `${url}/${tenantId}`,
      knownAuthorities: [new URL(url!).host],
      clientId: clientId!,
      clientSecret: clientSecret!,
    },
  });
  const result = await application.acquireTokenByClientCredential({
    scopes: ["https://graph.microsoft.com/.default"],
  });
  const response = await fetch(`${url}/v1.0/users`, { headers: { authorization: `Bearer ${result?.accessToken}` } });
  const { value } = (await response.json()) as { value: unknown };
  process.stdout.write(JSON.stringify({ status: response.status, value }));
}

main(process.argv.slice(2)).catch((error: Error & { errorCode?: string; cause?: { code?: string } }) => {
  process.stdout.write(
    JSON.stringify({ error: error.errorCode ?? error.cause?.code, message: `${error.message} ${error.cause ?? ""}` }),
  );
});
