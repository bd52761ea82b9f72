// As many email profiles as BENCH_COUNT says, with this package.
const { EmailProfile } = require("pulumi-intune-mail");
const { profiles } = require("../profiles");

for (const args of profiles(Number(process.env.BENCH_COUNT))) new EmailProfile(args.displayName, args);
