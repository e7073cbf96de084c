/**
 * Seals secrets before they are written, and opens them again. `place` (`keys/<id>`) is bound to what is sealed, so
 * that it opens nowhere else. The workspace's vault is one.
 */
export interface SecretBox {
  seal(plain: Uint8Array, place: string): Uint8Array;
  /** @throws OrreryError `not_found` where the workspace's key was destroyed, `internal` where it was altered or moved */
  open(sealed: Uint8Array, place: string): Uint8Array;
}
