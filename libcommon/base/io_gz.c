/* SPDX-License-Identifier: MIT */
/* io_gz.c: outputs compressed as BGZF, on a descriptor of their own beside the output's. */
#include <errno.h>
#include <htslib/bgzf.h>
#include <htslib/hts_log.h>
#include <unistd.h>

#include "libcommon/base/io.h"
#include "libcommon/base/io_priv.h"

static int failed(struct avo_out *out, struct avo_error *err)
{
    int code = errno ? errno : EIO;

    out->failed = true;
    if (code == EPIPE)
        avo_out_die_by_sigpipe();
    return avo_error_sys(err, code, "%s: cannot write compressed data", out->name);
}

int avo_out_compress(struct avo_out *out, struct avo_error *err)
{
    int fd = dup(out->fd);

    hts_set_log_level(HTS_LOG_OFF);     /* what goes wrong is in our own messages */
    if (fd >= 0 && (out->bgzf = bgzf_dopen(fd, "w")))
        return 0;
    if (fd >= 0)
        close(fd);
    return avo_error_set(err, "%s: compression does not start", out->name);
}

int avo_out_gz_write(struct avo_out *out, const void *buf, size_t len_bytes,
                     struct avo_error *err)
{
    errno = 0;
    if (bgzf_write(out->bgzf, buf, len_bytes) != (ssize_t)len_bytes)
        return failed(out, err);
    out->pos_bytes += len_bytes;
    return 0;
}

int avo_out_gz_end(struct avo_out *out, struct avo_error *err)
{
    BGZF *bgzf = out->bgzf;

    out->bgzf = NULL;
    errno = 0;
    if (bgzf && bgzf_close(bgzf) != 0 && err)
        return failed(out, err);
    return 0;
}
