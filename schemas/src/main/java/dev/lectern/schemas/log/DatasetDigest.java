package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.serde.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.SortedMap;

/**
 * The digest of a dataset: SHA-256 over, for every view in ascending order of its id, the id in
 * UTF-8, a zero byte, the 32 bytes of the SHA-256 of its pixels, and where it has a label map the
 * 32 bytes of the SHA-256 of that.
 *
 * <p>Ascending means by UTF-16 code unit, as Java compares strings.
 */
public final class DatasetDigest {
  private DatasetDigest() {}

  /**
   * @param digests of pixels, and after them of the label map where there is one, by view id
   * @return 64 hex digits
   */
  public static String of(SortedMap<String, byte[]> digests) {
    MessageDigest sha256 = Sha256.start();
    digests.forEach((viewId, own) -> add(sha256, viewId, ByteBuffer.wrap(own)));
    return Sha256.hex(sha256);
  }

  /**
   * The digest of what a catalog lists.
   *
   * @param views by id
   */
  public static String ofCatalog(SortedMap<String, CatalogEntry> views) {
    MessageDigest sha256 = Sha256.start();
    views.forEach(
        (viewId, view) -> {
          add(sha256, viewId, view.getPixelsSha256().duplicate());
          sha256.update(view.getLabelMapSha256().duplicate());
        });
    return Sha256.hex(sha256);
  }

  private static void add(MessageDigest sha256, String viewId, ByteBuffer pixels) {
    sha256.update(viewId.getBytes(StandardCharsets.UTF_8));
    sha256.update((byte) 0);
    sha256.update(pixels);
  }
}
