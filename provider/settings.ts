/** Where the tenant is: an endpoint that speaks Graph, or the embedded tenant in a folder beside the project. */
import { existsSync } from "node:fs";
import { isIPv4 } from "node:net";
import { dirname, join, resolve } from "node:path";
import { UserError } from "./user-error";

export interface Settings {
  /** Base address of the service, without version; absent for the embedded tenant. */
  endpoint?: string;
  /** A bearer token. */
  token?: string;
  /** Client credentials, all three or none. */
  client?: { tenantId: string; clientId: string; clientSecret: string; authority: string };
  /** Folder of the embedded tenant. */
  data: string;
  /** Seed file of the embedded tenant, used when the folder has none yet. */
  seed: string;
}

/** Stack configuration first, then environment. */
const sources = {
  endpoint: { config: "intune:endpoint", env: "INTUNE_MAIL_ENDPOINT" },
  token: { config: "intune:token", env: "INTUNE_MAIL_TOKEN" },
  tenantId: { config: "intune:tenantId", env: "AZURE_TENANT_ID" },
  clientId: { config: "intune:clientId", env: "AZURE_CLIENT_ID" },
  clientSecret: { config: "intune:clientSecret", env: "AZURE_CLIENT_SECRET" },
  authority: { config: "intune:authority", env: "AZURE_AUTHORITY_HOST" },
  data: { config: "intune:data", env: "INTUNE_MAIL_DATA" },
  seed: { config: "intune:seed", env: "INTUNE_MAIL_SEED" },
} as const;

/** The small company that ships with the package: what an embedded tenant starts as where nothing else is said. */
export const smallCompany = resolve(packageRoot(), "examples/tenants/small.yaml");

/**
 * Reads the settings of a project.
 * @param config a value of the stack's configuration by its full name; secrets in plain text
 * @param folder any folder of the project
 */
export function readSettings(
  config: (key: string) => string | undefined,
  env: Record<string, string | undefined>,
  folder: string,
): Settings {
  const given = (name: keyof typeof sources) => config(sources[name].config) || env[sources[name].env] || undefined;
  const project = projectFolder(folder) ?? folder;
  const endpoint = given("endpoint")?.replace(/\/+$/, "");
  if (endpoint !== undefined) checkAddress("endpoint", endpoint);
  const settings: Settings = {
    data: resolve(project, given("data") ?? ".intune-mail"),
    seed: given("seed") ? resolve(project, given("seed")!) : smallCompany,
  };
  if (endpoint === undefined) return settings;
  return { ...settings, endpoint, ...credentials(given, endpoint) };
}

function credentials(
  given: (name: keyof typeof sources) => string | undefined,
  endpoint: string,
): Pick<Settings, "token" | "client"> {
  const token = given("token");
  if (token) return { token };
  const [tenantId, clientId, clientSecret] = [given("tenantId"), given("clientId"), given("clientSecret")];
  if (tenantId && clientId && clientSecret) {
    const authority = given("authority") ?? endpoint;
    checkAddress("authority", authority);
    return { client: { tenantId, clientId, clientSecret, authority } };
  }
  const missing = (["tenantId", "clientId", "clientSecret"] as const).filter((name) => !given(name));
  if (missing.length < 3) {
    throw new UserError(
      `Signing in to ${endpoint} with client credentials needs all of ${missing.map(named).join(", ")} as well.`,
    );
  }
  // A tenant on loopback takes any token; elsewhere the service will say what it misses.
  return isLoopback(endpoint) ? { token: "rehearsal" } : {};
}

const named = (name: keyof typeof sources) => `${sources[name].config} (or ${sources[name].env})`;

function checkAddress(name: "endpoint" | "authority", address: string): void {
  if (!URL.canParse(address) || !/^https?:/i.test(address)) {
    throw new UserError(
      `${named(name)} is "${address}", which is no http(s) address. Give one such as http://127.0.0.1:8080, or leave it out.`,
    );
  }
  if (/\/(beta|v1\.0)\/?$/i.test(new URL(address).pathname)) {
    throw new UserError(`${named(name)} is "${address}": leave out the version, which each request names itself.`);
  }
  if (new URL(address).protocol === "http:" && !isLoopback(address)) {
    throw new UserError(
      `${named(name)} is "${address}": secrets would travel in plain text. Use https, or an address on loopback.`,
    );
  }
}

function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."));
}

/** The nearest folder upwards with a `Pulumi.yaml`, if there is one. */
export function projectFolder(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml")) || existsSync(join(folder, "Pulumi.yml"))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The package's own root, from the sources and from `dist` alike. */
function packageRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) || dirname(folder) === folder) return folder;
  }
}
