// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do to taps what vhost-net does: give batches of frames in page fragments to one, and
 * take out and free what comes out of another.  scripts/bench-taps uses it.
 *
 * Write "IN OUT COUNT BATCH\n" and the frame to /proc/tapgen; IN and OUT are
 * numbers of the writer's own open files.  A read returns the nanoseconds that it took, and how
 * many frames came out.
 */
#include <linux/file.h>
#include <linux/if_tun.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/proc_fs.h>
#include <linux/ptr_ring.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <net/xdp.h>

#define BATCH_MAX	64

/* As vhost_net_build_xdp() for a tap without a virtio header. */
#define PAD	SKB_DATA_ALIGN(NET_SKB_PAD + NET_IP_ALIGN + XDP_PACKET_HEADROOM)

static struct page_frag_cache frags;	/* its last page stays: VMs end soon */
static u64 spent;
static unsigned int came;

static int build(struct xdp_buff *xdp, const void *frame, unsigned int len)
{
	unsigned int size = SKB_DATA_ALIGN(len + PAD) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	void *buf = page_frag_alloc(&frags, size, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
	memset(buf, 0, sizeof(struct tun_xdp_hdr));
	((struct tun_xdp_hdr *)buf)->buflen = size;
#else
	memset(buf, 0, PAD);
#endif
	memcpy(buf + PAD, frame, len);
	xdp_init_buff(xdp, size, NULL);
	xdp_prepare_buff(xdp, buf, PAD, len, false);
	xdp_set_data_meta_invalid(xdp);
	return 0;
}

static int send(struct socket *sock, const void *frame, unsigned int len,
		unsigned int n)
{
	static struct xdp_buff xdp[BATCH_MAX];
	struct tun_msg_ctl ctl = { .type = TUN_MSG_PTR, .num = n, .ptr = xdp };
	struct msghdr msg = {
		.msg_flags = MSG_DONTWAIT,
		.msg_control = &ctl,
		.msg_controllen = sizeof(ctl),
	};
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = build(&xdp[i], frame, len);
		if (err)
			return err;
	}
	err = sock->ops->sendmsg(sock, &msg, 0);
	return err < 0 ? err : 0;
}

static void drain(struct ptr_ring *ring)
{
	void *ptr;

	while ((ptr = ptr_ring_consume_bh(ring))) {
		tun_ptr_free(ptr);
		came++;
	}
}

static int run(struct file *in, struct file *out, const void *frame,
	       unsigned int len, unsigned int count, unsigned int batch)
{
	struct socket *sock = tun_get_socket(in);
	struct ptr_ring *ring = tun_get_tx_ring(out);
	unsigned int n;
	u64 start;
	int err;

	if (IS_ERR(sock) || IS_ERR(ring))
		return -EINVAL;
	drain(ring);
	came = 0;
	start = ktime_get_ns();
	for (; count; count -= n) {
		n = min(count, batch);
		err = send(sock, frame, len, n);
		if (err)
			return err;
		drain(ring);
	}
	spent = ktime_get_ns() - start;
	return 0;
}

static ssize_t tapgen_write(struct file *file, const char __user *ubuf,
			    size_t size, loff_t *pos)
{
	unsigned int in, out, count, batch;
	struct file *from, *to;
	int at = 0, err;
	char *buf;

	if (size > 2048)
		return -E2BIG;
	buf = memdup_user_nul(ubuf, size);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	err = -EINVAL;
	if (sscanf(buf, "%u %u %u %u %n", &in, &out, &count, &batch, &at) < 4 ||
	    !batch || batch > BATCH_MAX || size < at + 14)
		goto free;
	from = fget(in);
	to = fget(out);
	if (from && to)
		err = run(from, to, buf + at, size - at, count, batch);
	if (from)
		fput(from);
	if (to)
		fput(to);
free:
	kfree(buf);
	return err ?: size;
}

static ssize_t tapgen_read(struct file *file, char __user *ubuf, size_t size,
			   loff_t *pos)
{
	char text[40];
	int len = scnprintf(text, sizeof(text), "%llu %u\n", spent, came);

	return simple_read_from_buffer(ubuf, size, pos, text, len);
}

static const struct proc_ops tapgen_ops = {
	.proc_read = tapgen_read,
	.proc_write = tapgen_write,
};

static int __init tapgen_init(void)
{
	return proc_create("tapgen", 0600, NULL, &tapgen_ops) ? 0 : -ENOMEM;
}

static void __exit tapgen_exit(void)
{
	remove_proc_entry("tapgen", NULL);
}

module_init(tapgen_init);
module_exit(tapgen_exit);
MODULE_DESCRIPTION("Give frames to a tap, and take them out of another");
MODULE_LICENSE("GPL");
