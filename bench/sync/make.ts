/** Makes the tenant of a folder: `make.ts FOLDER RECORDS`. */
import { makeFleet } from "./world";

const [folder, records] = process.argv.slice(2);
makeFleet(folder, Number(records)).db.close();
