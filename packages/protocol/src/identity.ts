import { z } from "zod";
import { Id } from "./ids.ts";
import { Name } from "./text.ts";
import { Timestamp } from "./times.ts";

export const Scope = z.enum(["agents:read", "agents:write", "executions:run", "admin"]);
export type Scope = z.infer<typeof Scope>;

export const WorkspaceId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

/** `GET /api/v1/me`: who the bearer of this token is. */
export const Me = z
  .object({
    subject: z.string(),
    workspaceId: WorkspaceId,
    scopes: z.array(Scope),
    expiresAt: Timestamp.nullable(),
    /** How the caller proved who they are. */
    method: z.enum(["jwt", "api-key", "ticket", "signature"]),
  })
  .meta({ id: "Me" });
export type Me = z.infer<typeof Me>;

export const CreateToken = z
  .strictObject({
    name: Name,
    kind: z.enum(["jwt", "api-key"]).default("api-key"),
    scopes: z.array(Scope).min(1),
    /** Seconds; at most a year. Without it an API key does not expire, and a JWT expires in an hour. */
    expiresIn: z.number().int().min(60).max(31_536_000).optional(),
  })
  .meta({ id: "CreateToken" });
export type CreateToken = z.input<typeof CreateToken>;

export const Token = z
  .object({
    id: Id,
    name: z.string(),
    kind: z.enum(["jwt", "api-key"]),
    scopes: z.array(Scope),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: "Token" });
export type Token = z.infer<typeof Token>;

/** The only answer that ever holds the secret. */
export const CreatedToken = Token.extend({ secret: z.string() }).meta({ id: "CreatedToken" });
export type CreatedToken = z.infer<typeof CreatedToken>;

export const TokenList = z
  .object({ items: z.array(Token), nextCursor: z.string().nullable() })
  .meta({ id: "TokenList" });

/**
 * Ends a token that was not made here, by its `jti`: one of an identity provider, or the one that the
 * launcher made. It is refused until `expiresAt`, which is when it ends anyway, and for ever without. One
 * that was made here is refused until its own end, whatever is said.
 */
export const RevokeToken = z
  .strictObject({
    tokenId: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, "expected 1 to 255 visible ASCII characters")
      .meta({ example: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87" }),
    expiresAt: Timestamp.optional(),
  })
  .meta({ id: "RevokeToken" });
export type RevokeToken = z.infer<typeof RevokeToken>;

/** A ticket opens WebSockets and event streams for a minute: for browsers, which cannot send headers there. */
export const Ticket = z.object({ ticket: z.string(), expiresAt: Timestamp }).meta({ id: "Ticket" });
export type Ticket = z.infer<typeof Ticket>;
