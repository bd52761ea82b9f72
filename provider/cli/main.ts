#!/usr/bin/env node
/** The command `intune-mail`. Nothing newer than what old releases of Node can read stands in this file. */
const wanted = [22, 20];
const found = process.versions.node.split(".").map(Number);
const tooOld = found[0]! < wanted[0]! || (found[0] === wanted[0] && found[1]! < wanted[1]!);

if (tooOld) {
  process.stderr.write(
    "intune-mail needs Node " +
      wanted.join(".") +
      " or later, and this is Node " +
      process.versions.node +
      ". Install a newer one (https://nodejs.org), or run it on the one that npm brings: npx -p node@24 -p pulumi-intune-mail intune-mail\n",
  );
  process.exitCode = 1;
} else {
  require("./run").run(process.argv.slice(2));
}
