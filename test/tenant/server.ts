/** Serves the tenant of a folder until it is killed, and says where, or why not: folderLock.test.ts starts it. */
import { openTenant, serveTenant } from "../../provider/tenant";

async function main(): Promise<void> {
  const tenant = openTenant({ data: process.argv[2]! });
  try {
    const { url } = await serveTenant(tenant);
    process.stdout.write(`${url}\n`);
  } catch (error) {
    process.stdout.write(`${(error as Error).name}: ${(error as Error).message}\n`);
    tenant.close();
  }
}

void main();
