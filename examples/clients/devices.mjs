// Lists the devices of a tenant, with Microsoft's own client; the same program runs on Microsoft Graph.
// The addresses come from the environment: GRAPH, AUTHORITY, and the credentials of an application.
import { ConfidentialClientApplication } from "@azure/msal-node";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";

const { GRAPH, AUTHORITY, CLIENT_ID, CLIENT_SECRET } = process.env;

const app = new ConfidentialClientApplication({
  auth: {
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    authority: AUTHORITY,
    knownAuthorities: [new URL(AUTHORITY).host],
  },
});
const graph = Client.init({
  baseUrl: GRAPH,
  defaultVersion: "beta",
  customHosts: new Set([new URL(GRAPH).hostname]),
  authProvider: async (done) => {
    try {
      const token = await app.acquireTokenByClientCredential({ scopes: ["https://graph.microsoft.com/.default"] });
      done(null, token?.accessToken ?? null);
    } catch (error) {
      done(error, null);
    }
  },
});

const first = await graph.api("/deviceManagement/managedDevices").top(5).select("deviceName,operatingSystem").get();
const show = ({ deviceName, operatingSystem }) => {
  console.log(`${deviceName.padEnd(14)}${operatingSystem}`);
  return true;
};
await new PageIterator(graph, first, show).iterate();
