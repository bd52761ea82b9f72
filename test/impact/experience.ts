/**
 * What people experience, by a second path: what two tenants answer over raw HTTP after the same time, one with a plan and
 * one without. Nothing of provider/impact is asked, so that a mistake there cannot cancel itself out.
 */
import assert from "node:assert/strict";
import type { Category, Impact } from "../../provider/impact/impact";
import type { Tenant } from "../../provider/tenant";

interface Device {
  id: string;
  userPrincipalName: string;
  easDeviceId: string | null;
}
interface Event {
  sequence: number;
  time: string;
  kind: string;
  deviceId: string | null;
  subjectId: string | null;
  detail: Record<string, string> | null;
}
interface Said {
  reason: string;
  message: string;
}
interface EasRecord {
  mailbox: string;
  deviceId: string;
  DeviceAccessState: string;
}

/** One device, as the tenant tells of it. */
interface State {
  device: Device;
  /** Email profiles on it, by all that happened since the tenant began. */
  on: Set<string>;
  /** What it says of each email profile. */
  says: Map<string, Said>;
  /** Mail accounts that its user made. */
  own: string[];
  /** What happened on it since the plan. */
  events: Event[];
}

export interface Seen {
  devices: Map<string, State>;
  /** What Exchange lets each device do, by mailbox and device. */
  access: Map<string, EasRecord>;
  hasConnector: boolean;
  /** When something happened since the plan. */
  times: ReadonlySet<string>;
}

async function ask<T>(tenant: Tenant, path: string): Promise<T> {
  const answer = await tenant.fetch(new Request(`http://tenant.example${path}`));
  assert.equal(answer.status, 200, path);
  return (await answer.json()) as T;
}

async function allPages<T>(tenant: Tenant, path: string): Promise<T[]> {
  type Page = { value: T[]; "@odata.nextLink"?: string };
  const { value, "@odata.nextLink": next } = await ask<Page>(tenant, path);
  return next === undefined ? value : [...value, ...(await allPages<T>(tenant, next.replace(/^http:\/\/[^/]+/, "")))];
}

async function eventsAfter(tenant: Tenant, after: number): Promise<Event[]> {
  const { value, next } = await ask<{ value: Event[]; next: number | null }>(
    tenant,
    `/simulation/events?after=${after}`,
  );
  return next === null ? value : [...value, ...(await eventsAfter(tenant, next))];
}

/** Number of the last event so far. */
export const lastEventOf = async (tenant: Tenant): Promise<number> =>
  (await eventsAfter(tenant, 0)).at(-1)?.sequence ?? 0;

/** Looks at a tenant; what happened after event number `since` is news. */
export async function see(tenant: Tenant, since: number): Promise<Seen> {
  interface Status {
    profiles: { id: string; devices: (Said & { deviceId: string })[] }[];
    connectors: unknown[];
    exchangeOrganizations: { records: EasRecord[] }[];
  }
  const status = await ask<Status>(tenant, "/simulation/status");
  const events = await eventsAfter(tenant, 0);
  const devices = new Map<string, State>();
  for (const device of await allPages<Device>(tenant, "/beta/deviceManagement/managedDevices?$top=1000")) {
    const { value } = await ask<{ value: Record<"hostName" | "emailAddress", string>[] }>(
      tenant,
      `/simulation/devices/${device.id}/accounts`,
    );
    const own = value.map(({ hostName, emailAddress }) => `${emailAddress} on ${hostName}`);
    devices.set(device.id, { device, own, on: new Set(), says: new Map(), events: [] });
  }
  for (const event of events) {
    const state = devices.get(event.deviceId ?? "");
    if (event.kind === "profileInstalled") state?.on.add(event.subjectId!);
    if (event.kind === "profileRemoved") state?.on.delete(event.subjectId!);
    if (event.kind === "deviceRetired") state?.on.clear();
    if (event.sequence > since) state?.events.push(event);
  }
  for (const { id, devices: rows } of status.profiles) {
    for (const { deviceId, reason, message } of rows) devices.get(deviceId)!.says.set(id, { reason, message });
  }
  const records = status.exchangeOrganizations.flatMap(({ records }) => records);
  return {
    devices,
    access: new Map(records.map((record) => [`${record.mailbox} ${record.deviceId}`.toLowerCase(), record])),
    hasConnector: status.connectors.length > 0,
    times: new Set(events.filter(({ sequence }) => sequence > since).map(({ time }) => time)),
  };
}

// --- what comes of a plan for one device ------------------------------------------------------------------------------

/** Undefined: either can be said. */
type Verdicts = Partial<Record<Category, boolean | undefined>>;

const noConnection = ["serverCertificateMissing", "identityCertificateMissing", "chainNotTrusted"];
const without = <T>(one: ReadonlySet<T>, other: ReadonlySet<T>) => [...one].filter((each) => !other.has(each));

/** @param oldIdOf id of what a new object takes the place of */
function verdicts(old: State, now: State, oldIdOf: ReadonlyMap<string, string>): Verdicts {
  const [came, went] = [without(now.on, old.on), without(old.on, now.on)];
  const before = (id: string): Said | undefined => old.says.get(id) ?? old.says.get(oldIdOf.get(id) ?? "");
  const saying = (reason: string) =>
    [...now.says].filter(([id, said]) => said.reason === reason && before(id)?.reason !== reason);
  const [blocked, waiting] = [saying("duplicateAccount"), saying("appMissing")];

  const asks = ({ events }: State, ...ids: (string | undefined)[]) =>
    events.filter(({ kind, subjectId }) => kind === "passwordAsked" && ids.includes(subjectId!)).length;
  const asked = [...now.on].filter((id) => asks(now, id) > asks(old, id, oldIdOf.get(id)));
  const replaced = (id: string) => went.includes(oldIdOf.get(id) ?? "");
  const more = Math.max(0, came.length - went.length);
  const again = asked.some((id) => old.on.has(id) || replaced(id)) || asked.length > more;
  // What goes without a successor may have asked as well: whose place is whose is then a matter of opinion.
  const isOpen = asks(old, ...went.filter((id) => !came.some((one) => oldIdOf.get(one) === id))) > 0;

  const prompted = [...now.says].some(
    ([id, { reason, message }]) =>
      reason === "approvalPending" &&
      old.on.has(id) &&
      (before(id)?.reason !== reason || before(id)?.message !== message),
  );

  const unconnected = ({ says }: State) => [...says].filter(([, { reason }]) => noConnection.includes(reason));
  const newlyOut = unconnected(now).filter(([id, { reason }]) => before(id)?.reason !== reason);

  const displaced = ({ events }: State) =>
    events.some(({ kind, detail }) => kind === "accountOverwritten" && detail?.displacedProfileId);
  const lost = old.own.some((account) => !now.own.includes(account));
  return {
    gains: more > 0,
    loses: went.length > came.length + blocked.length + waiting.length,
    blocked: blocked.length > 0,
    waiting: waiting.length > 0,
    prompt: prompted,
    retained: saying("retained").length > 0,
    passwordAgain: asked.length > 0 && (isOpen ? undefined : again || (went.length === 0 ? false : undefined)),
    cannotConnect: newlyOut.length === 0 ? false : unconnected(old).length === 0 || undefined,
    overwritten: lost || (displaced(now) ? (displaced(old) ? undefined : true) : false),
  };
}

// --- all of them ------------------------------------------------------------------------------------------------------

export interface Experience {
  /** `device category`: true where it must be foretold, false where it must not. */
  devices: Map<string, Verdicts>;
  /** Whether mail works for each who has a device. */
  mail: Map<string, { before: boolean; after: boolean }>;
  /** When something happened with the plan. */
  times: ReadonlySet<string>;
}

/** What the plan did, with which the tenant came to `now`, and without which to `old`. */
export function experience(old: Seen, now: Seen, oldIdOf: ReadonlyMap<string, string>): Experience {
  const devices = new Map<string, Verdicts>();
  const mail: Experience["mail"] = new Map();
  // Where there never is a connector, nothing that a plan does reaches Exchange.
  const isTold = old.hasConnector || now.hasConnector;
  const records = ({ access }: Seen, id: string | null) =>
    [...access.values()].filter(({ deviceId }) => deviceId.toLowerCase() === id?.toLowerCase());
  for (const [id, state] of now.devices) {
    const before = old.devices.get(id)!;
    devices.set(id, verdicts(before, state, oldIdOf));
    // What is deleted has no status any more, and stays on a device as it was until that checks in (D4).
    const connects = ({ says }: State, one: string) =>
      !noConnection.includes((says.get(one) ?? before.says.get(one))?.reason ?? "");
    const works = (seen: Seen, state: State) => {
      const eas = records(seen, state.device.easDeviceId);
      const lets = !isTold || eas.length === 0 || eas.some((one) => one.DeviceAccessState === "Allowed");
      return lets && (state.own.length > 0 || [...state.on].some((one) => connects(state, one)));
    };
    const { userPrincipalName: name } = state.device;
    if (!name) continue;
    const known = mail.get(name) ?? { before: false, after: false };
    mail.set(name, { before: known.before || works(old, before), after: known.after || works(now, state) });
  }
  if (isTold) {
    for (const [key, record] of now.access) {
      const was = old.access.get(key)?.DeviceAccessState === "Allowed";
      const is = record.DeviceAccessState === "Allowed";
      if (was === is) continue;
      const device = [...now.devices.values()].find(
        ({ device }) => device.easDeviceId?.toLowerCase() === record.deviceId.toLowerCase(),
      );
      const id = device?.device.id ?? record.deviceId;
      devices.set(id, { ...devices.get(id), [is ? "accessGained" : "accessLost"]: true });
    }
  }
  return { devices, mail, times: now.times };
}

/** Holds a forecast to what was experienced. */
export function assertForetold(
  foretold: Pick<Impact, "devices" | "people" | "counts">,
  { devices, mail, times }: Experience,
): void {
  const told = new Set(Array.from(foretold.devices, ({ deviceId, category }) => `${deviceId} ${category}`));
  const wrong: string[] = [];
  for (const [id, verdict] of devices) {
    for (const [category, must] of Object.entries({ accessLost: false, accessGained: false, ...verdict })) {
      if (must !== undefined && must !== told.has(`${id} ${category}`)) {
        wrong.push(`${id} ${category}: ${must ? "happens and is not foretold" : "is foretold and does not happen"}`);
      }
    }
  }
  for (const { deviceName, category, at } of foretold.devices) {
    if (at !== null && !times.has(at)) wrong.push(`${deviceName} ${category}: nothing happens at ${at}`);
  }
  for (const [category, { people, devices }] of Object.entries(foretold.counts)) {
    if (category === "unchanged") continue;
    const rows = [...foretold.devices].filter((row) => row.category === category);
    const numbers = [
      rows.map((row) => row.userPrincipalName).filter((name) => name !== null),
      rows.map((row) => row.deviceId),
    ];
    assert.deepEqual(
      [people, devices],
      numbers.map((all) => new Set(all).size),
      category,
    );
  }
  const rows = [...foretold.devices];
  const everybody = [
    [rows.flatMap((row) => row.userPrincipalName ?? []), [...mail.keys()]],
    [rows.map((row) => row.deviceId), [...devices.keys()]],
  ] as const;
  const left = everybody.map(([changed, all]) => new Set([...changed, ...all]).size - new Set(changed).size);
  assert.deepEqual([foretold.counts.unchanged.people, foretold.counts.unchanged.devices], left, "unchanged");
  for (const { userPrincipalName: name, mailBefore, mailAfter } of foretold.people) {
    const is = mail.get(name);
    if (is && (is.before !== mailBefore || is.after !== mailAfter)) {
      wrong.push(`${name}: mail ${mailBefore} → ${mailAfter} is foretold, and it is ${is.before} → ${is.after}`);
    }
  }
  assert.deepEqual(wrong, []);
}
