/** Makes a profile, restores the snapshot without it, resets, and tells after each; until it is killed. */
import { seedFrom } from "../../provider/graph/connect";
import { smallCompany } from "../../provider/settings";
import { openTenant } from "../../provider/tenant";
import { makeProfile, worldOf } from "./world";

async function run(data: string): Promise<void> {
  const world = worldOf(openTenant({ data, seed: () => seedFrom(smallCompany) }));
  await makeProfile(world, "ios", {}, ["iPhone users"]);
  await world.post("/simulation/checkIn");
  await world.post("/simulation/snapshots", { name: "kept", replace: true });
  for (;;) {
    await makeProfile(world, "windows10", {}, ["All mail users"]);
    process.stdout.write("made\n");
    await world.post("/simulation/reset");
    process.stdout.write("reset\n");
    await world.post("/simulation/snapshots/kept/restore");
    process.stdout.write("restored\n");
    await world.post("/simulation/snapshots", { name: "kept", replace: true });
    process.stdout.write("taken\n");
  }
}

void run(process.argv[2]!);
