import assert from "node:assert/strict";
import { makeSecret } from "../../../provider/engine/embedded/properties";
import { newCrypter, openCrypter, seal, unseal } from "../../../provider/engine/embedded/secrets";

describe("secrets at rest", () => {
  // Written by the Pulumi CLI, with the passphrase "x".
  const SALT = "v1:3+JkUeLz8aA=:v1:yxlGJPBO+w8Wp4nT:wc1bX+0S4BS26oKNbKx0umGIzSfjgA==";
  const CIPHERTEXT = "v1:Y+5yiN2DKBti8X6T:38Gn6wzHSf8jzjDTCp1jmR5M7S97lw==";

  it("are read as the Pulumi CLI writes them", async () => {
    const crypter = await openCrypter("x", SALT, "here");
    assert.equal(crypter.decrypt(CIPHERTEXT), '"hush"');
  });

  it("are refused with another passphrase, or a salt that is none", async () => {
    await assert.rejects(openCrypter("y", SALT, "here"), /^Error: here: the passphrase does not fit/);
    await assert.rejects(openCrypter("x", "v2:abc", "here"), /^Error: here: "v2:abc" is not a salt/);
  });

  it("come back as they went, wherever they are in a value, and keep their bytes while they are the same", async () => {
    const crypter = await newCrypter("x");
    const value = { plain: 1, list: [makeSecret({ deep: ["hush"] })], top: makeSecret("hush") };
    const sealed = seal(value, crypter);
    assert.doesNotMatch(JSON.stringify(sealed), /hush/);
    const opened = unseal(sealed, await openCrypter("x", crypter.salt, "here"));
    assert.deepEqual(opened, value);
    assert.deepEqual(seal(opened, crypter), sealed);
  });

  it("that are damaged are refused", async () => {
    const crypter = await newCrypter("x");
    const sealed = JSON.parse(JSON.stringify(seal(makeSecret("hush"), crypter)).replace(/.{6}"}$/, 'AAAAAA"}'));
    assert.throws(() => unseal(sealed, crypter), /the state is damaged/);
  });
});
