/** Tables of Exchange and of its connectors. */
import { syncTables } from "../sync/tables";
import { exchangeTables } from "./tables";

export const exchangeSchema = `${exchangeTables}\n${syncTables}`;
