package dev.lectern.schemas.log;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;

/**
 * The digest of a dataset: SHA-256 over, for every view in ascending order of its id, the id in
 * UTF-8, a zero byte, and the 32 bytes of the SHA-256 of its pixels.
 *
 * <p>Ascending means by UTF-16 code unit, as Java compares strings.
 */
public final class DatasetDigest {
  private DatasetDigest() {}

  /**
   * @param pixelsSha256 by view id
   * @return 64 hex digits
   */
  public static String of(SortedMap<String, byte[]> pixelsSha256) {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (Map.Entry<String, byte[]> view : pixelsSha256.entrySet()) {
      sha256.update(view.getKey().getBytes(StandardCharsets.UTF_8));
      sha256.update((byte) 0);
      sha256.update(view.getValue());
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
