package dev.lectern.schemas.tensor;

/** The constants of the tensor container, version 1; schemas/README.md is the specification. */
final class TensorFormat {
  /** The letters L, T, E, N. */
  static final int MAGIC = 0x4E45544C;

  static final int VERSION = 1;

  static final int MAGIC_OFFSET = 0;
  static final int VERSION_OFFSET = MAGIC_OFFSET + Integer.BYTES;
  static final int COUNT_OFFSET = VERSION_OFFSET + Short.BYTES;
  static final int HEADER_BYTES_OFFSET = COUNT_OFFSET + Short.BYTES;
  static final int ENTRIES_OFFSET = HEADER_BYTES_OFFSET + Integer.BYTES;

  /** The checksum that ends the header. */
  static final int HEADER_CRC_BYTES = Integer.BYTES;

  static final int MAX_RANK = 4;
  static final int MAX_NAME_BYTES = 255;

  /** Maximum number of values of one tensor: 256 MiB of float32. */
  static final long MAX_VALUES = 1L << 26;

  static final int ZSTD_LEVEL = 1;

  /** Values that compression does not shrink by one part in so many are stored plain. */
  static final int LEAST_SAVING = 8;

  private TensorFormat() {}
}
