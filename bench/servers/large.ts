/** A tenant with a generated company: `large.ts DEVICES FOLDER`. Tells its parent, when asked, how much memory it has had. */
// As it is installed: the loader of TypeScript would name every function anew each time that it is made.
const { openTenant, readSeed, serveTenant } =
  require("../../dist/provider/tenant") as typeof import("../../provider/tenant");

const [devices, data] = process.argv.slice(2);
const seed = {
  tenant: { displayName: "Contoso", domain: "contoso.example" },
  clock: "2020-03-02T08:00:00Z",
  generated: { devices: Number(devices), seed: 1 },
};
const tenant = openTenant({ data, seed: () => readSeed(JSON.stringify(seed), "of the bench") });
process.on("message", () => {
  process.send!({ nowMib: process.memoryUsage().rss / 2 ** 20, peakMib: process.resourceUsage().maxRSS / 1024 });
});
serveTenant(tenant, { port: 0 }).then(({ url }) => console.log(url));
