/** Writes to a tenant without end, and says each request that is done: file.test.ts kills it in the middle. */
import { writeSync } from "node:fs";
import { openTenant, readSeed } from "../../provider/tenant";
import { assign, configurations, makeProfile, profileBodies, seedText, worldOf } from "./world";

async function main(): Promise<void> {
  const groups = [{ displayName: "A" }, { displayName: "B" }];
  const world = worldOf(openTenant({ data: process.argv[2]!, seed: readSeed(seedText({ groups }), "x") }));
  const type = profileBodies.ios["@odata.type"];
  for (;;) {
    const id = await makeProfile(world, "ios");
    writeSync(1, "made\n");
    await assign(world, id, ["A", "B"]);
    writeSync(1, "assigned\n");
    await world.call("PATCH", `${configurations}/${id}`, { "@odata.type": type, hostName: "new.test.example" });
    writeSync(1, "changed\n");
    await world.post("/simulation/clock", { advance: "10m" });
    writeSync(1, "advanced\n");
  }
}

void main();
