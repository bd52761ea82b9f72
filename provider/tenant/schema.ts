/** All tables of the tenant's file, and the number of their form. */

import { tokenSchema } from "./auth";
import { contextSchema } from "./context";
import { counterSchema } from "./devices/counters";
import { deviceSchema } from "./devices/devices";
import { profileSchema } from "./devices/profiles";
import { exchangeSchema } from "./exchange/schema";
import { faultSchema } from "./faults";
import { configurationSchema } from "./services/configurations";
import { directorySchema } from "./services/directory";
import { appSchema } from "./services/mobileApps";
import { snapshotSchema } from "./snapshots";

/** Kept in the file as `user_version`; it grows with each change of a table that older releases could not read. */
export const schemaVersion = 3;

/** The tables, those that others refer to first. */
export const schema = [
  contextSchema,
  directorySchema,
  deviceSchema,
  configurationSchema,
  profileSchema,
  tokenSchema,
  exchangeSchema,
  appSchema,
  faultSchema,
  snapshotSchema,
  counterSchema,
].join("\n");
