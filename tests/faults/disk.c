/* A disk for one SQLite database that can lose power and run full. Preloaded into a process; the file is RD_DISK.

   What was written but not yet synced is held by the system only: every sync copies the blocks written since the last
   one into FILE.disk and FILE-wal.disk, which is therefore exactly what a power cut leaves behind. While FILE.full
   exists, no write succeeds. The index (-shm) is memory and does not outlive a cut. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096L
#define BLOCKS (1L << 20) /* 4 GB */
#define FDS 1024

static unsigned char dirty[2][BLOCKS / 8];
static signed char file_of[FDS]; /* 0 = not ours, 1 = the database, 2 = its log */
static char base[PATH_MAX], full[PATH_MAX + 8];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("RD_DISK");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_open = dlsym(RTLD_NEXT, "open64");
    real_openat = dlsym(RTLD_NEXT, "openat64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    if (name == NULL || strlen(name) >= sizeof base) return;
    strcpy(base, name);
    snprintf(full, sizeof full, "%s.full", name);
}

static int file(int fd) { return fd >= 0 && fd < FDS ? file_of[fd] : 0; }

static void opened(int fd, const char *path) {
    if (fd < 0 || fd >= FDS || !*base) return;
    size_t n = strlen(base);
    file_of[fd] = 0;
    if (strncmp(path, base, n) != 0) return;
    if (path[n] == 0) file_of[fd] = 1;
    if (strcmp(path + n, "-wal") == 0) file_of[fd] = 2;
}

static void mark(int which, off_t from, off_t to) {
    pthread_mutex_lock(&lock);
    for (off_t at = from / BLOCK; at * BLOCK < to && at < BLOCKS; at++) dirty[which - 1][at / 8] |= 1 << (at % 8);
    pthread_mutex_unlock(&lock);
}

static int no_room(int fd) {
    if (!file(fd) || access(full, F_OK) != 0) return 0;
    errno = ENOSPC;
    return 1;
}

static int synced(int fd) {
    char path[PATH_MAX + 16], block[BLOCK];
    struct stat now;
    int which = file(fd), result = -1;
    snprintf(path, sizeof path, "%s%s.disk", base, which == 2 ? "-wal" : "");
    pthread_mutex_lock(&lock);
    int disk = real_open(path, O_RDWR | O_CREAT, 0600);
    if (disk < 0 || fstat(fd, &now) != 0) goto end;
    for (long at = 0; at < BLOCKS; at++) {
        if (!dirty[which - 1][at / 8]) { at |= 7; continue; }
        if (!(dirty[which - 1][at / 8] & (1 << (at % 8)))) continue;
        ssize_t got = pread(fd, block, BLOCK, at * BLOCK);
        if (got < 0 || (got > 0 && real_pwrite(disk, block, got, at * BLOCK) != got)) goto end;
    }
    memset(dirty[which - 1], 0, sizeof dirty[0]);
    result = real_ftruncate(disk, now.st_size);
end:
    if (disk >= 0) real_close(disk);
    pthread_mutex_unlock(&lock);
    if (result != 0) errno = EIO;
    return result;
}

#define MODE(flags, after) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, after); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) {
    MODE(flags, flags)
    int fd = real_open(path, flags, mode);
    opened(fd, path);
    return fd;
}

int open64(const char *path, int flags, ...) {
    MODE(flags, flags)
    int fd = real_open(path, flags | O_LARGEFILE, mode);
    opened(fd, path);
    return fd;
}

int openat(int at, const char *path, int flags, ...) {
    MODE(flags, flags)
    int fd = real_openat(at, path, flags, mode);
    opened(fd, path);
    return fd;
}

int close(int fd) {
    if (fd >= 0 && fd < FDS) file_of[fd] = 0;
    return real_close(fd);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off_t at) {
    if (no_room(fd)) return -1;
    ssize_t done = real_pwrite(fd, data, n, at);
    if (done > 0 && file(fd)) mark(file(fd), at, at + done);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return pwrite64(fd, data, n, at); }

ssize_t write(int fd, const void *data, size_t n) {
    if (!file(fd)) return real_write(fd, data, n);
    if (no_room(fd)) return -1;
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = real_write(fd, data, n);
    if (done > 0) mark(file(fd), at, at + done);
    return done;
}

int ftruncate64(int fd, off_t size) {
    struct stat before;
    if (!file(fd)) return real_ftruncate(fd, size);
    if (fstat(fd, &before) != 0) return -1;
    if (size > before.st_size && no_room(fd)) return -1;
    int done = real_ftruncate(fd, size);
    if (done == 0 && size < before.st_size) mark(file(fd), size, before.st_size);
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) { return file(fd) ? synced(fd) : real_fsync(fd); }

int fdatasync(int fd) { return file(fd) ? synced(fd) : real_fdatasync(fd); }
