/** The parts of a generated company that follow from its users and devices: who is in which group, and whose mail is where. */
import type { Company } from "./company";
import type { TenantContext } from "./context";
import type { Db } from "./db";
import { partnershipDefaults } from "./exchange/seed";
import { type Seed, seedId } from "./seed";
import { quietly } from "./snapshots";

/**
 * Writes many rows into tables without their indexes, which are quicker to make afterwards, and without their triggers:
 * what these keep in step is for the caller to write.
 */
export function inBulk(db: Db, tables: readonly string[], work: () => void): void {
  const { cache_size: cache } = db.get<{ cache_size: number }>("PRAGMA cache_size")!;
  const filling = () => {
    db.script(`PRAGMA cache_size = ${-(tables.some((table) => unsorted.has(table)) ? keysKib : sortKib)}`);
    work();
    db.script(`PRAGMA cache_size = ${-sortKib}; PRAGMA shrink_memory`);
  };
  quietly(db, filling, tables);
  db.script(`PRAGMA cache_size = ${cache}; PRAGMA shrink_memory`);
}

/** Tables whose rows come in no order of their primary keys, of which a good part has to be at hand meanwhile. */
const unsorted: ReadonlySet<string> = new Set(["user", "device"]);
const keysKib = 112 * 1024;
/** SQLite sorts as much in memory as its cache may hold. */
const sortKib = 16 * 1024;

/** The groups of a generated company; the members of all but the one of everyone are found by `plantMembers`. */
export const groupsOf = ({ everyone, kinds }: Company): Seed["groups"] => [
  { displayName: everyone, members: kinds.map(({ group }) => group) },
  ...kinds.map(({ group }) => ({ displayName: group, members: [] })),
];

/** The generated devices with their kind, in order; those that a seed lists are the first rows of the table. */
const madeDevices = `device CROSS JOIN (
    SELECT value ->> 'model' AS kindModel, value ->> 'groupId' AS groupId, value ->> 'deviceType' AS deviceType,
      value ->> 'deviceOS' AS deviceOS
    FROM json_each(:kinds) LIMIT -1          -- read once, not for each device
  ) ON device.rowid > :listed AND model = kindModel`;

/** Makes the users of each kind of device members of the kind's group. */
export function plantMembers({ db }: TenantContext, seed: Seed, { kinds }: Company): void {
  db.run(`INSERT INTO member SELECT groupId, userId, 'user' FROM ${madeDevices} GROUP BY groupId, userId`, {
    kinds: JSON.stringify(kinds.map((kind) => ({ ...kind, groupId: seedId(seed, "group", kind.group) }))),
    listed: seed.devices.length,
  });
}

/** Gives the users their mailboxes, and their devices, where they have an ActiveSync client, a record of having been there. */
export function plantMail({ db }: TenantContext, seed: Seed, { kinds, organization, userCount }: Company): void {
  const { name } = organization;
  db.run(
    "INSERT INTO mailbox (organization, address) SELECT :name, mail FROM user WHERE rowid > :listed ORDER BY mail",
    {
      name,
      listed: seed.users.length,
    },
  );
  db.run(
    `INSERT INTO easPartnership (organization, mailbox, deviceId, deviceType, deviceModel, deviceOS, userAgent, firstSyncTime, lastSuccessSync, uSNChanged)
     SELECT :name, mail, easDeviceId, deviceType, model, deviceOS, :userAgent, :firstSyncTime, :lastSuccessSync,
       row_number() OVER (ORDER BY mail, easDeviceId)
     FROM ${madeDevices} CROSS JOIN user ON user.rowid = :listedUsers + 1 + (device.rowid - :listed - 1) % :userCount
     WHERE easDeviceId IS NOT NULL ORDER BY mail, easDeviceId`,
    {
      name,
      kinds: JSON.stringify(kinds),
      listed: seed.devices.length,
      listedUsers: seed.users.length,
      userCount,
      ...partnershipDefaults,
    },
  );
  db.run(
    "UPDATE exchangeOrganization SET uSN = (SELECT count(*) FROM easPartnership WHERE organization = name) WHERE name = :name",
    { name },
  );
}
