/** Keys of a workspace: for signatures, for end-to-end encryption, and for what is sealed at rest. */
import { z } from "zod";
import { pageOf } from "./pages.ts";
import { Scope } from "./identity.ts";
import { Id } from "./ids.ts";
import { Name } from "./text.ts";
import { Timestamp } from "./times.ts";

/** `sign` makes and checks signatures; `encrypt` opens what was encrypted to its public half. */
export const KeyUse = z.enum(["sign", "encrypt"]);
export type KeyUse = z.infer<typeof KeyUse>;

/** `Ed25519` and `HS256` sign; `ECDH-ES+A256KW` (on P-256 or X25519) encrypts. Names are JOSE's (RFC 7518, 8037). */
export const KeyAlgorithm = z.enum(["Ed25519", "HS256", "ECDH-ES+A256KW"]);
export type KeyAlgorithm = z.infer<typeof KeyAlgorithm>;

/**
 * `active` signs, or is what others are to encrypt to; one a holder and use. `retiring` still checks and opens what was
 * made with it, until `endsAt`; `retired` does nothing.
 */
export const KeyStatus = z.enum(["active", "retiring", "retired"]);
export type KeyStatus = z.infer<typeof KeyStatus>;

/**
 * Whose key it is. `workspace`: ours, for what the workspace sends. `agent`: one agent's. `peer`: somebody else's, of
 * whom only what checks and encrypts is known (an HS256 secret is known to both).
 */
export const KeyHolder = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("workspace") }),
  z.strictObject({ kind: z.literal("agent"), agentId: Id }),
  z.strictObject({
    kind: z.literal("peer"),
    /** The peer's name: the subject of its requests, the `source` of its messages. */
    name: Name,
  }),
]);
export type KeyHolder = z.infer<typeof KeyHolder>;

/** What a peer may do with requests that it signs: anything but administrate. */
export const PeerScope = Scope.exclude(["admin"]);
export type PeerScope = z.infer<typeof PeerScope>;

/** The public half of a key pair, as a JSON Web Key (RFC 7517). */
export const PublicJwk = z
  .looseObject({
    kty: z.enum(["OKP", "EC"]),
    crv: z.enum(["Ed25519", "X25519", "P-256"]),
    x: z.base64url().max(128),
    y: z.base64url().max(128).optional(),
    kid: z.string().max(128).optional(),
  })
  .meta({ id: "PublicJwk" });
export type PublicJwk = z.infer<typeof PublicJwk>;

/** A key as anyone who may administrate sees it; a secret is only ever in the answer that made it. */
export const Key = z
  .object({
    /** The `kid` that signatures and encrypted messages name. */
    id: z.string(),
    use: KeyUse,
    algorithm: KeyAlgorithm,
    holder: KeyHolder,
    status: KeyStatus,
    /** Absent for `HS256`, which has no public half. */
    publicJwk: PublicJwk.optional(),
    /** What requests that a peer signs with it may do. */
    scopes: z.array(PeerScope).optional(),
    createdAt: Timestamp,
    /** When a retiring key stops to check and open. */
    endsAt: Timestamp.nullable(),
  })
  .meta({ id: "Key" });
export type Key = z.infer<typeof Key>;

/** A new key pair or secret of ours; or, for a peer, what it gave us. */
export const CreateKey = z
  .strictObject({
    use: KeyUse,
    algorithm: KeyAlgorithm,
    /** The curve of an encryption key. */
    curve: z.enum(["P-256", "X25519"]).optional(),
    holder: KeyHolder,
    /** The `kid` that a peer names its key by; a new one where not given. */
    id: z
      .string()
      .regex(/^[\w.:@-]{1,128}$/, "expected letters, digits and . : @ _ -")
      .optional(),
    /** Of a peer's key pair. */
    publicJwk: PublicJwk.optional(),
    /** Of a peer's `HS256` key: base64url, at least 32 bytes. One is made where not given. */
    secret: z.base64url().min(43).max(512).optional(),
    /** What a peer may do with requests that it signs. None: it may only sign messages. */
    scopes: z.array(PeerScope).default([]),
  })
  .meta({ id: "CreateKey" });
export type CreateKey = z.input<typeof CreateKey>;

/** The only answer that holds a secret: an `HS256` key that was made here. */
export const CreatedKey = Key.extend({ secret: z.string().optional() }).meta({ id: "CreatedKey" });
export type CreatedKey = z.infer<typeof CreatedKey>;

/** Makes the successor of a key; the old one retires after the overlap. */
export const RotateKey = z
  .strictObject({
    /** Seconds for which the old key still checks and opens; a day where not given. */
    overlap: z.number().int().min(0).max(31_536_000).default(86_400),
  })
  .meta({ id: "RotateKey" });
export type RotateKey = z.input<typeof RotateKey>;

export const KeyList = pageOf(Key).meta({ id: "KeyList" });

/** The public keys of a workspace (RFC 7517). */
export const Jwks = z.object({ keys: z.array(PublicJwk) }).meta({ id: "Jwks" });
export type Jwks = z.infer<typeof Jwks>;

/** The key under which a workspace's sensitive fields and files lie on disk. */
export const WorkspaceKey = z
  .object({
    /** Grows by each rotation; what was sealed under an earlier version still opens. 0: nothing was sealed yet. */
    version: z.number().int().nonnegative(),
    /** The key-encryption key that wraps it, by its id; null where none is configured. */
    wrappedBy: z.string().nullable(),
    createdAt: Timestamp.nullable(),
    /** Once it is destroyed, what was sealed cannot be read by anyone, ever. */
    destroyedAt: Timestamp.nullable(),
  })
  .meta({ id: "WorkspaceKey" });
export type WorkspaceKey = z.infer<typeof WorkspaceKey>;

/** Proof that whoever destroys a workspace's key means it: the workspace's own id. */
export const DestroyWorkspaceKey = z
  .strictObject({ confirm: z.string() })
  .meta({ id: "DestroyWorkspaceKey" });
export type DestroyWorkspaceKey = z.infer<typeof DestroyWorkspaceKey>;
