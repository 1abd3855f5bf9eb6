package dev.lectern.trainer.replay;

/**
 * Layout of a segment file; student-trainer/trainer/README.md describes it. All numbers are
 * little-endian.
 */
final class SegmentFormat {
  static final int MAGIC = 0x5045524C; // "LREP"
  static final int VERSION = 1;

  static final int MAGIC_OFFSET = 0;
  static final int VERSION_OFFSET = MAGIC_OFFSET + Integer.BYTES;
  static final int NUMBER_OFFSET = VERSION_OFFSET + Integer.BYTES;
  static final int FIRST_RECORD = NUMBER_OFFSET + Long.BYTES;

  static final int FINGERPRINT_BYTES = 32;
  static final int MAX_KEY_BYTES = 0xFFFF;

  static final int PAYLOAD_BYTES = 0;
  static final int CRC = PAYLOAD_BYTES + Integer.BYTES;
  static final int COVERED = CRC + Integer.BYTES;
  static final int PART = COVERED;
  static final int RESERVED = PART + Byte.BYTES;
  static final int KEY_BYTES = RESERVED + Byte.BYTES;
  static final int FINGERPRINT = KEY_BYTES + Short.BYTES;
  static final int KEY = FINGERPRINT + FINGERPRINT_BYTES;

  private static final int ALIGNMENT = 8;

  private SegmentFormat() {}

  /** Bytes of a record, with the padding after it. */
  static long recordBytes(int keyBytes, int payloadBytes) {
    long bytes = (long) KEY + keyBytes + payloadBytes;
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
