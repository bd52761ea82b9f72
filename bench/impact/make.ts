/** `make.ts FOLDER DEVICES`: the tenant of both programs. */
import { makeFleet } from "./fleet";

makeFleet(process.argv[2]!, Number(process.argv[3]));
