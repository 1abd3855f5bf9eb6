package dev.lectern.teacher.ledger;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WriteBufferManager;

/**
 * Bounds the memory of all state stores of a process together: the ledger's values are small and a
 * store exists once per partition.
 */
public final class SmallRocksDb implements RocksDBConfigSetter {
  private static final long TOTAL_BYTES = 32L << 20;
  private static final long WRITE_BUFFER_BYTES = 16L << 20;
  private static final long STORE_WRITE_BUFFER_BYTES = 1L << 20;

  /** Shared by all stores; lives as long as the process. */
  private static final class Shared {
    static final Cache CACHE = new LRUCache(TOTAL_BYTES);
    static final WriteBufferManager BUFFERS = new WriteBufferManager(WRITE_BUFFER_BYTES, CACHE);
  }

  @Override
  public void setConfig(String storeName, Options options, Map<String, Object> configs) {
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    table.setBlockCache(Shared.CACHE);
    table.setCacheIndexAndFilterBlocks(true);
    options.setWriteBufferManager(Shared.BUFFERS);
    options.setWriteBufferSize(STORE_WRITE_BUFFER_BYTES);
    options.setMaxWriteBufferNumber(2);
    options.setTableFormatConfig(table);
  }

  @Override
  public void close(String storeName, Options options) {
    // The cache and the buffers belong to the process.
  }
}
