// @ts-check
// Between WebAuthn and JSON: bytes travel as base64url without padding, as in WebAuthn Level 3 (toJSON, parse...FromJSON).

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {string}
 */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Ends with an error that the page explains when this browser has no passkeys. */
function needPasskeys() {
  if (!window.PublicKeyCredential) throw new DOMException("no passkeys", "NotSupportedError");
}

/**
 * Makes a passkey.
 * @param {any} options PublicKeyCredentialCreationOptionsJSON
 * @returns {Promise<object>} RegistrationResponseJSON
 */
export async function makePasskey(options) {
  needPasskeys();
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: [],
    },
  });
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) {
    throw new DOMException("not a passkey", "NotSupportedError");
  }
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
      authenticatorData: text(made.response.getAuthenticatorData()),
      transports: made.response.getTransports(),
    },
  };
}

/**
 * Uses a passkey.
 * @param {any} options PublicKeyCredentialRequestOptionsJSON
 * @returns {Promise<object>} AuthenticationResponseJSON
 */
export async function usePasskey(options) {
  needPasskeys();
  const used = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: (options.allowCredentials ?? []).map((/** @type {any} */ one) => ({ ...one, id: bytes(one.id) })),
    },
  });
  if (!(used instanceof PublicKeyCredential) || !(used.response instanceof AuthenticatorAssertionResponse)) {
    throw new DOMException("not a passkey", "NotSupportedError");
  }
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
  return {
    id: used.id,
    rawId: text(used.rawId),
    type: used.type,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : undefined,
    },
  };
}
