/** A tenant for tests, and short ways to ask it things over its public surface. */
import { openTenant, readSeed, type Tenant, type TenantOptions } from "../../provider/tenant";

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and assert what they find.
  body: any;
  headers: Headers;
}

/** Ways to ask a tenant, wherever it is. */
export interface Calls {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
}

export interface World extends Calls {
  tenant: Tenant;
}

/** The smallest seed, with what a test adds to it. */
export const seedText = (more: object = {}): string =>
  JSON.stringify({ tenant: { displayName: "Test", domain: "test.example" }, clock: "2020-03-02T08:00:00Z", ...more });

export function openWorld(more: object = {}, options: Omit<TenantOptions, "seed"> = {}): World {
  return worldOf(openTenant({ ...options, seed: readSeed(seedText(more), "of the test") }));
}

export const worldOf = (tenant: Tenant): World => ({ tenant, ...callsOf(tenant.fetch) });

export function callsOf(fetch: (request: Request) => Promise<Response>): Calls {
  const call: Calls["call"] = async (method, path, body, headers = {}) => {
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(new Request(`http://tenant${path}`, init));
    const text = await response.text();
    const json = response.headers.get("content-type")?.startsWith("application/json");
    return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
  };
  return { call, get: (path) => call("GET", path), post: (path, body) => call("POST", path, body) };
}

export const configurations = "/beta/deviceManagement/deviceConfigurations";

const common = {
  hostName: "mail.test.example",
  emailAddressSource: "primarySmtpAddress",
  usernameSource: "userPrincipalName",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
};
const contents = { emailSyncSchedule: "manual", syncCalendar: true, syncContacts: true, syncTasks: false };

/** Complete bodies of the six email profile types of SPEC E1. */
export const profileBodies = {
  ios: { "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", accountName: "Work", ...common },
  samsungKnox: {
    "@odata.type": "#microsoft.graph.androidEasEmailProfileConfiguration",
    accountName: "Work",
    ...common,
    ...contents,
    syncNotes: false,
    requireSmime: false,
    // With SSL a phone also needs the server's certificate, which has its own tests (E11).
    requireSsl: false,
    authenticationMethod: "usernameAndPassword",
  },
  windowsPhone81: {
    "@odata.type": "#microsoft.graph.windowsPhoneEASEmailProfileConfiguration",
    accountName: "Work",
    ...common,
    ...contents,
    applyOnlyToWindowsPhone81: false,
  },
  windows10: {
    "@odata.type": "#microsoft.graph.windows10EasEmailProfileConfiguration",
    accountName: "Work",
    ...common,
    ...contents,
  },
  androidForWorkGmail: {
    "@odata.type": "#microsoft.graph.androidForWorkGmailEasConfiguration",
    authenticationMethod: "usernameAndPassword",
    ...common,
  },
  androidForWorkNineWork: {
    "@odata.type": "#microsoft.graph.androidForWorkNineWorkEasConfiguration",
    authenticationMethod: "usernameAndPassword",
    ...common,
    syncCalendar: true,
    syncContacts: true,
    syncTasks: false,
  },
} as const;
export type ProfileKind = keyof typeof profileBodies;

/** Makes an email profile, assigned to groups if any are named; returns its id. */
export async function makeProfile(
  world: Calls,
  kind: ProfileKind,
  change: object = {},
  groups: string[] = [],
): Promise<string> {
  const made = await world.post(configurations, { displayName: kind, ...profileBodies[kind], ...change });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  if (groups.length > 0) await assign(world, made.body.id, groups);
  return made.body.id;
}

export async function groupId(world: Calls, name: string): Promise<string> {
  const found = await world.get(`/beta/groups?$filter=${encodeURIComponent(`displayName eq '${name}'`)}`);
  return found.body.value[0].id;
}

const target = (type: string, id: string) => ({ target: { "@odata.type": `#microsoft.graph.${type}`, groupId: id } });

/** Assigns a profile to groups; a name that begins with `-` excludes. */
export async function assign(world: Calls, id: string, groups: string[]): Promise<Answer> {
  const assignments = [];
  for (const name of groups) {
    assignments.push(
      name.startsWith("-")
        ? target("exclusionGroupAssignmentTarget", await groupId(world, name.slice(1)))
        : target("groupAssignmentTarget", await groupId(world, name)),
    );
  }
  return world.post(`${configurations}/${id}/assign`, { assignments });
}

/** Lets devices check in, and gives what each said about a profile: `NAME status reason`. */
export async function checkIn(world: Calls, profileId: string, ...deviceIds: string[]): Promise<string[]> {
  const done = await world.post("/simulation/checkIn", deviceIds.length > 0 ? { deviceIds } : {});
  if (done.status !== 200) throw new Error(JSON.stringify(done.body));
  const status = await world.get("/simulation/status");
  const profile = status.body.profiles.find((each: { id: string }) => each.id === profileId);
  return (profile?.devices ?? []).map((row: Record<string, string>) => `${row.deviceName} ${row.status} ${row.reason}`);
}

/** Kinds of the events of a device, oldest first. */
export async function eventKinds(world: Calls, device: string): Promise<string[]> {
  const { body } = await world.get(`/simulation/events?deviceId=${device}`);
  return body.value.map((event: { kind: string }) => event.kind);
}

/** The text that the Intune service put into its JSON message. */
export const intuneText = (answer: Answer): string => JSON.parse(answer.body.error.message).Message;
