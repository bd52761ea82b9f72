// As many email profiles as BENCH_COUNT says, each deployed to a group of its own.
const { Deployment, EmailProfile } = require("pulumi-intune-mail");
const { profiles } = require("../profiles");

for (const [index, args] of profiles(Number(process.env.BENCH_COUNT)).entries()) {
  const profile = new EmailProfile(args.displayName, args);
  new Deployment(args.displayName, { profileId: profile.id, includedGroups: [`Office ${index}`] });
}
