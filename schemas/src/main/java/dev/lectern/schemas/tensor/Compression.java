package dev.lectern.schemas.tensor;

/** How the filtered bytes are compressed; the code is the byte in the container. */
public enum Compression {
  NONE(0),
  /** One Zstandard frame that states its content size. */
  ZSTD(1);

  final int code;

  Compression(int code) {
    this.code = code;
  }

  static Compression of(int code, String where) {
    for (Compression compression : values()) {
      if (compression.code == code) {
        return compression;
      }
    }
    throw new CorruptTensorException(
        where + ": found compression " + code + ", expected 0 (none) or 1 (zstd)");
  }
}
