// As many email profiles as BENCH_COUNT says, each deployed to a group of its own; on BENCH_HOST where it is given.
const { Deployment, EmailProfile } = require("pulumi-intune-mail");
const { profiles } = require("../profiles");

for (const [index, args] of profiles(Number(process.env.BENCH_COUNT)).entries()) {
  const { BENCH_HOST: hostName = args.hostName } = process.env;
  const profile = new EmailProfile(args.displayName, { ...args, hostName });
  new Deployment(args.displayName, { profileId: profile.id, includedGroups: [`Office ${index}`] });
}
