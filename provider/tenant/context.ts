/**
 * What every service of the tenant is given: the file, the clock, ids and the event log. Nothing else in the tenant
 * reads the machine's time or chance, so that one seed gives one history.
 */
import { hash } from "node:crypto";
import type { Db } from "./db";
import { makeRequestLog, type RequestLog } from "./requestLog";

export interface Clock {
  /** The tenant's time, as Graph writes it (`2020-03-02T08:00:00Z`, up to 7 fraction digits). */
  now(): string;
  /** The tenant's time in milliseconds since 1970. */
  nowMs(): number;
  /** Sets the time; only the simulation service moves it. */
  set(ms: number): void;
}

export interface Ids {
  /** The next GUID of the tenant's seed; the same seed and history give the same ids. */
  guid(): string;
}

export interface Events {
  /** Records that something happened, at the tenant's time. `kind` is one of the words of `docs/events.md`. */
  add(event: TenantEvent): void;
  /** Records many that happened at the same time. */
  addAll(events: readonly TenantEvent[]): void;
}

export interface TenantEvent {
  /** What happened, in camelCase: `profileInstalled`, `accountBlocked`, `exchangeCmdlet`, … */
  kind: string;
  deviceId?: string;
  userId?: string;
  /** The device configuration, connector or other object that it is about. */
  subjectId?: string;
  /** One sentence for a person. */
  message: string;
  /** More, for programs. */
  detail?: Record<string, unknown>;
}

export interface TenantContext {
  db: Db;
  clock: Clock;
  ids: Ids;
  events: Events;
  /** What was asked of this process. */
  requests: RequestLog;
}

export const contextSchema = `
  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL            -- JSON
  ) STRICT;
  CREATE TABLE event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,            -- the tenant's clock
    kind TEXT NOT NULL,
    deviceId TEXT, userId TEXT, subjectId TEXT,
    message TEXT NOT NULL,
    detail TEXT                    -- JSON
  ) STRICT;
  CREATE INDEX eventByDevice ON event (deviceId, sequence);
`;

export function readSetting<T>(db: Db, name: string): T | undefined {
  const row = db.get<{ value: string }>("SELECT value FROM setting WHERE name = :name", { name });
  return row && (JSON.parse(row.value) as T);
}

export function writeSetting(db: Db, name: string, value: unknown): void {
  db.run("INSERT INTO setting VALUES (:name, :value) ON CONFLICT DO UPDATE SET value = excluded.value", {
    name,
    value: JSON.stringify(value),
  });
}

/** A time in milliseconds since 1970 as Graph writes it. */
export const graphTime = (ms: number): string => new Date(ms).toISOString().replace(/\.000Z$/, "Z");

export function makeContext(db: Db): TenantContext {
  const clock: Clock = {
    nowMs: () => readSetting<number>(db, "clock") ?? 0,
    now: () => graphTime(clock.nowMs()),
    set: (ms) => writeSetting(db, "clock", ms),
  };
  const ids: Ids = {
    guid: () => {
      const { count, random } = db.get<{ count: number; random: string | null }>(
        `UPDATE setting SET value = value + 1 WHERE name = 'idCount'
         RETURNING value AS count, (SELECT value FROM setting WHERE name = 'random') AS random`,
      )!;
      return guidOf(`${random ?? 0}/${count}`);
    },
  };
  const addAll: Events["addAll"] = (all) => {
    if (all.length === 0) return;
    const time = clock.now();
    db.runEach(
      "INSERT INTO event (time, kind, deviceId, userId, subjectId, message, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
      all.map(({ kind, deviceId, userId, subjectId, message, detail }) => [
        time,
        kind,
        deviceId ?? null,
        userId ?? null,
        subjectId ?? null,
        message,
        detail ? JSON.stringify(detail) : null,
      ]),
    );
  };
  const events: Events = { add: (event) => addAll([event]), addAll };
  return { db, clock, ids, events, requests: makeRequestLog() };
}

/** A GUID that depends on nothing but its text: seeds name things, and names give ids. */
export function guidOf(text: string): string {
  const hex = hash("sha256", text, "hex");
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
