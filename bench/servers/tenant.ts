/** The tenant with the small company, in memory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openTenant, readSeed, serveTenant } from "../../provider/tenant";

const file = join(__dirname, "../../examples/tenants/small.yaml");
const tenant = openTenant({ seed: readSeed(readFileSync(file, "utf8"), file) });
serveTenant(tenant, { port: 0 }).then(({ url }) => console.log(url));
